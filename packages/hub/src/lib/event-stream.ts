// The event stream: what happened, in one order, for those who may lag. Publishing never blocks; a subscriber
// that falls more than 256 events behind is told how many it missed.
import { EventBus } from '@guardia/kernel';
import type { EpochMs, HubEvent } from '@guardia/model';

/** An event with its place in the order. `seq` rises by one per event within a run and never goes back across runs. */
export interface SequencedEvent {
  readonly seq: number;
  readonly event: HubEvent;
}

export class EventStream {
  readonly bus = new EventBus<SequencedEvent>();
  #seq: number;

  /** @param startedAt wall time of the start: the first seq is `startedAt * 1000`, so that a later run, which cannot
   *  have published more than a thousand events per millisecond before it, goes on above an earlier one. */
  constructor(startedAt: EpochMs) {
    this.#seq = startedAt * 1000;
  }

  /** Seq of the newest event. */
  get seq(): number {
    return this.#seq;
  }

  publish(event: HubEvent): void {
    this.#seq += 1;
    this.bus.publish({ seq: this.#seq, event });
  }

  /** Calls back for each event from now on, until the returned function is called. For observers that are not
   *  actors and return at once. */
  listen(onEvent: (event: SequencedEvent) => void): () => void {
    let next = this.bus.nextSeq;
    return this.bus.listen({
      notify: () => {
        while (next < this.bus.nextSeq) {
          // counted first: an observer that throws or publishes is not told the same event again
          const event = this.bus.at(next++);
          if (event !== undefined) onEvent(event);
        }
      },
    });
  }
}
