// What other domains may know of alerts: where observations go in, and what can be read of alerts and deliveries.
import type {
  Alert,
  AlertRule,
  AlertState,
  CheckOutcome,
  Delivery,
  DeliveryState,
  EpochMs,
  Frame,
  Severity,
  TargetId,
} from '@guardia/model';
import type { WatchedRule } from './rules/watched.ts';

/** A rule under which domains raise conditions of their own. Names behind `custom:` have no spaces. */
type RaisedRule = Exclude<AlertRule, WatchedRule | 'flapping'>;

/** One watched condition of a target. */
export interface TargetRule {
  readonly rule: AlertRule;
  /** Threshold: firing needs a value above it, for `cert_expiry` fewer days than it. Null for rules without one. */
  readonly limit: number | null;
  /** A value at or below it passes; between it and `limit` an observation says nothing. @default limit */
  readonly recover?: number;
  /** The n-th consecutive violation fires; 0 and 1 both fire at once. */
  readonly grace: number;
  /** So many passes in a row end it. @default 1 */
  readonly recoverAfter?: number;
  /** Instead of grace: fires when `violations` of the last `of` observations are violations; `of` is at most 52. */
  readonly window?: { readonly violations: number; readonly of: number } | null;
  readonly severity: Severity;
  /** Names of notifiers; empty: recorded, not delivered. */
  readonly notifiers: readonly string[];
  /** Told again after each such time, while it fires unacknowledged. Milliseconds; null or absent: told once. */
  readonly repeatMs?: number | null;
  /** Who else is told, and when, while nobody acknowledges it; in order of time. */
  readonly escalation?: readonly { readonly afterMs: number; readonly alert: readonly string[] }[];
  /** Only for `temperature`. @default 'mean' */
  readonly sensor?: 'mean' | 'hottest';
}

/** What the engine must know of a target to judge it. */
export interface AlertTarget {
  readonly id: TargetId;
  /** For people: display name of a server, name of a service. */
  readonly name: string;
  /** `10.0.0.5:51243` or the URL of a service: shown in messages. */
  readonly address: string;
  /** Empty: none. */
  readonly group: string;
  readonly tags: readonly string[];
  /** While an `unreachable` or `service_down` of one of these fires, this target's alerts are held. No cycles. */
  readonly dependsOn: readonly TargetId[];
  readonly rules: readonly TargetRule[];
  /** How often it is looked at: the time between two observations. Milliseconds. @default unknown, taken for short */
  readonly intervalMs?: number;
}

/** Identity of a condition that a domain raises. */
export interface RaisedKey {
  /** A watched target, or a name of the hub's own: `hub`. */
  readonly targetId: TargetId;
  readonly rule: RaisedRule;
  /** Empty: there is one per target. */
  readonly instance: string;
}

/** A condition that a domain found by itself. */
export interface RaisedCondition extends RaisedKey {
  readonly targetName: string;
  readonly address: string;
  readonly severity: Severity;
  /** One sentence for people. */
  readonly summary: string;
  readonly value: number | null;
  readonly limit: number | null;
  readonly unit: string;
  /** Names of notifiers. */
  readonly notifiers: readonly string[];
  /** The n-th raise in a row fires. @default 1 */
  readonly grace?: number;
  /** As {@link TargetRule.repeatMs}; known from the last raise of this run. */
  readonly repeatMs?: number | null;
  /** As {@link TargetRule.escalation}; known from the last raise of this run. */
  readonly escalation?: NonNullable<TargetRule['escalation']>;
}

/** What a collector, a service monitor or another domain saw. */
export type Observation =
  | { readonly type: 'frame'; readonly frame: Frame }
  | {
      readonly type: 'unreachable';
      readonly targetId: TargetId;
      readonly at: EpochMs;
      /** Full sentence for people: what happened, what it may mean, what to try. */
      readonly error: string;
      /** False: nothing that says anything, such as a hub that can't see; neither advances nor resets. @default true */
      readonly known?: boolean;
    }
  | {
      readonly type: 'check';
      readonly outcome: CheckOutcome;
      /** What alone makes it DEGRADED; null otherwise. */
      readonly degradedBy: 'certificate' | 'expectation' | null;
    }
  | { readonly type: 'raised'; readonly at: EpochMs; readonly condition: RaisedCondition }
  | {
      readonly type: 'cleared';
      readonly at: EpochMs;
      readonly key: RaisedKey;
      /** One sentence: what is well again. */
      readonly summary: string;
    };

/** Where observations go in. A frame is also the proof that its target can be reached. */
export interface AlertIngest {
  /** Judges at once. Resolves when every state change that it caused is committed together with its delivery rows;
   *  undefined when it caused none. Callers await it. */
  observe(observation: Observation): Promise<void>;
  /** Replaces what is known of these targets. Counters of rules that did not change are kept; a rule whose limit,
   *  grace, window or sensor changed starts counting anew; alerts of rules and targets that went away are
   *  resolved. Raised conditions stay, but for the `slo_burn` of a target that went away. */
  configure(targets: readonly AlertTarget[]): Promise<void>;
}

export interface AlertQuery {
  readonly state?: AlertState;
  readonly targetId?: TargetId;
  readonly limit: number;
  /** How many are passed over first. @default 0 */
  readonly offset?: number;
}

export interface DeliveryQuery {
  readonly state?: DeliveryState;
  readonly limit: number;
  /** How many are passed over first. @default 0 */
  readonly offset?: number;
}

/** Deliveries of one alert in the order in which they were made. */
export interface AlertDeliveries {
  readonly deliveries: readonly Delivery[];
  /** How many are missing in the middle: made after the first ones and before the newest. */
  readonly leftOut: number;
}

/** How many there are of each kind; kinds of which there are none are left out. */
export interface AlertCounts {
  /** Those that are pending or firing. */
  readonly alerts: readonly {
    readonly state: AlertState;
    readonly severity: Severity;
    readonly count: number;
  }[];
  /** All that are stored; delivered ones go when their alert is pruned. */
  readonly deliveries: readonly { readonly state: DeliveryState; readonly count: number }[];
}

export interface AlertReader {
  /** Alerts that are pending or firing, newest first. */
  current(query: AlertQuery): Promise<readonly Alert[]>;
  /** Alerts that fired, resolved ones included, newest first. */
  history(query: AlertQuery): Promise<readonly Alert[]>;
  /** One of any state; undefined when none has this id. */
  find(id: string): Promise<Alert | undefined>;
  /** Newest first. */
  deliveries(query: DeliveryQuery): Promise<readonly Delivery[]>;
  /** What was sent of one alert.
   *  @param most how many of the first, and how many of the newest */
  deliveriesOf(alertId: string, most: number): Promise<AlertDeliveries>;
  /** Counted by the database, however many there are. */
  counts(): Promise<AlertCounts>;
  /** Makes a dead delivery pending again. False when there is none of that id, or it isn't dead. */
  retryDelivery(id: string): Promise<boolean>;
}
