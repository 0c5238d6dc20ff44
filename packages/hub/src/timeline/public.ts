// What other domains may know of the time line: everything that happened, as one list that can be read by range and
// target. How entries come about is entries.ts's.
import type { EpochMs, HubEvent, TargetId } from '@guardia/model';

/** One thing that happened. */
export interface TimelineEntry {
  /** Place in the order of events; rises over restarts. */
  readonly seq: number;
  readonly at: EpochMs;
  readonly type: Exclude<HubEvent['type'], 'metric'>;
  /** Null: of the hub as a whole. */
  readonly targetId: TargetId | null;
  /** How much it matters: `ok` is the end of something bad. */
  readonly level: 'ok' | 'info' | 'warning' | 'critical';
  /** One sentence for people. */
  readonly summary: string;
  /** Id of the alert that it is of; null for others. */
  readonly alertId: string | null;
  /** Id of the silence that held the messages of that alert then; null: none did. */
  readonly silenceId: string | null;
}

export interface TimelineQuery {
  /** Inclusive, as is `end`. */
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** Of those at `end` itself, only entries before this seq: where an earlier page ended. */
  readonly before?: number;
  /** Of these targets, with the silences and the maintenance that mean one of them, and of the hub as a whole with null
   *  among them. Absent: all. */
  readonly targets?: readonly (TargetId | null)[];
  /** Id of an alert whose deliveries are left out. Absent: none. */
  readonly exceptDeliveriesOf?: string;
  readonly limit: number;
}

export interface TimelineReader {
  /** Newest first. Entries are there within seconds of what they tell. */
  read(query: TimelineQuery): Promise<readonly TimelineEntry[]>;
}
