// What other domains may know of service checks: the services, the state of each, a way to check one now or to report
// for one, and whether the hub can see at all. Judging outcomes is left to alerts.
import type {
  CheckOutcome,
  CheckStatus,
  CheckType,
  Frame,
  SampleKey,
  SloConfig,
  TargetId,
} from '@guardia/model';

export interface ServiceView {
  readonly id: TargetId;
  readonly name: string;
  /** What is checked, for people: a URL or an address, without secrets. */
  readonly address: string;
  readonly type: CheckType;
  readonly owner: 'file' | 'api';
  /** Empty: none. */
  readonly group: string;
  readonly tags: readonly string[];
  readonly intervalMs: number;
  /** How long one outcome speaks for the service. */
  readonly speaksForMs: number;
  readonly slo: SloConfig | null;
  /** Status of the last check; `unknown` before the first. */
  readonly status: CheckStatus;
  /** What all locations together amount to. */
  readonly lastCheck: CheckOutcome | null;
  /** What each of several locations found last; empty with one location. */
  readonly located: readonly CheckOutcome[];
  /** What the last check measured, under blackbox_exporter's names; NaN where there is no reading. */
  readonly readings: Readonly<Record<SampleKey, number>>;
}

/** What one check amounts to, with all that is to be stored of it. */
export interface Checked {
  /** What alerts judge. */
  readonly outcome: CheckOutcome;
  /** What alone makes it DEGRADED; null otherwise. */
  readonly degradedBy: 'certificate' | 'expectation' | null;
  /** As {@link ServiceView.located}. */
  readonly located: readonly CheckOutcome[];
  /** The readings. */
  readonly frame: Frame;
  /** It is UNKNOWN because the hub can't see: there is an alert of that already, so that others have nothing to judge. */
  readonly isBlind: boolean;
}

/** What a watched program says of itself. */
export interface PushReport {
  readonly status: 'up' | 'down';
  /** Shown when it is down. */
  readonly message: string | null;
  readonly pingMs: number | null;
}

export interface Services {
  list(): readonly ServiceView[];
  /** By internal id or by name. */
  find(idOrName: string): ServiceView | undefined;
  /** Checks at once, or joins the check that is under way. A service that reports by itself answers what it last
   *  amounted to. */
  checkNow(id: TargetId): Promise<CheckOutcome>;
  /** Whether a service reports with this token. Takes the same time whichever token it resembles. */
  hasPushToken(token: string): boolean;
  /** Takes a report. False when there is no service with this token, or it has more reports waiting than it may. */
  report(token: string, report: PushReport): boolean;
}

/** Something whose answers prove that the hub can see. */
export interface SightTarget {
  readonly id: TargetId;
  /** For people. */
  readonly name: string;
  /** The machine that answers, by address or name. Targets of one machine count as one, and so do all that are on this
   *  machine (loopback). */
  readonly host: string;
  /** Asks it again: whether it answers. Ends when the signal aborts, never rejects. Null: it can't be asked. */
  readonly retry: ((signal: AbortSignal) => Promise<boolean>) | null;
}

/** Whether the hub can see: what fails when it can't says nothing of the target. Called for each outcome by whoever
 *  watches targets. */
export interface Sight {
  readonly isBlind: boolean;
  /** The target answered. Cheap. */
  saw(target: SightTarget): void;
  /** The target doesn't answer. Resolves to whether that may be believed: false while the hub is blind, or stops. Of one that
   *  is known to fail it answers at once; of one that was well it first makes sure, within seconds. Never rejects. */
  confirm(target: SightTarget): Promise<boolean>;
  /** The target couldn't be asked, for a reason of this machine. Resolves once it is settled whether the hub is blind: of
   *  one that was well it looks around, within seconds. Never rejects. */
  doubt(target: SightTarget): Promise<void>;
  /** The target isn't watched any more. */
  forget(id: TargetId): void;
}
