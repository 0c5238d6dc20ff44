// The contract of a notifier: one way to tell someone. Each kind is a folder beside this file and one line in
// registry.ts; retries, back-off and recording belong to the outbox, never to a notifier.
import type { Alert, DeliveryKind, EpochMs } from '@guardia/model';

/** What is told: one alert that changed. Stored as JSON in the delivery row before the first attempt. */
export interface Notice {
  readonly kind: DeliveryKind;
  readonly alert: Alert;
  /** `10.0.0.5:51243` or the URL of the service. */
  readonly address: string;
  readonly at: EpochMs;
  readonly dedupeKey: string;
}

/** What leaves at once: the notices of one group, oldest first. A notifier shows each, or, where its far side has no
 *  room for all, as many as fit and how many more there are. */
export interface Message {
  /** Same for every attempt; receivers see it and may drop repeats. Of a single notice it is the notice's own. */
  readonly dedupeKey: string;
  readonly notices: readonly [Notice, ...Notice[]];
}

/** What came of one attempt. `retry`: worth trying again, not before `afterMs` when the far side said so. `refused`: final. */
export type SendResult =
  | { readonly type: 'delivered'; readonly detail: string }
  | { readonly type: 'retry'; readonly afterMs: number | null; readonly error: string }
  | { readonly type: 'refused'; readonly error: string };

/** Called by the outbox, at most `concurrency` at a time per notifier. Never throws for what the far side did;
 *  an error text never holds a URL's secret part. Gives up when `signal` aborts and answers `retry`. */
export interface Notifier {
  readonly name: string;
  readonly kind: string;
  /** Its far side takes one alert at a time, and groups by itself. Each leaves alone then: of a group, what arrived would
   *  be sent again with what failed. @default false */
  readonly isPerAlert?: boolean;
  send(message: Message, signal: AbortSignal): Promise<SendResult>;
  close(): Promise<void>;
}
