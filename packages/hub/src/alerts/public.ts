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

/** One watched condition of a target. */
export interface TargetRule {
  readonly rule: AlertRule;
  /** Threshold: firing needs a value above it. Null for rules without one. */
  readonly limit: number | null;
  /** The n-th consecutive violation fires; 0 and 1 both fire at once. */
  readonly grace: number;
  readonly severity: Severity;
  /** Names of notifiers; empty: recorded, not delivered. */
  readonly notifiers: readonly string[];
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
  readonly rules: readonly TargetRule[];
}

/** What a collector or a service monitor saw. */
export type Observation =
  | { readonly type: 'frame'; readonly frame: Frame }
  | {
      readonly type: 'unreachable';
      readonly targetId: TargetId;
      readonly at: EpochMs;
      /** Full sentence for people: what happened, what it may mean, what to try. */
      readonly error: string;
    }
  | { readonly type: 'check'; readonly outcome: CheckOutcome };

/** Where observations go in. A frame is also the proof that its target can be reached. */
export interface AlertIngest {
  /** Judges at once. Resolves when every state change that it caused is committed together with its delivery rows;
   *  undefined when it caused none. Callers await it. */
  observe(observation: Observation): Promise<void>;
  /** Replaces what is known of these targets. Counters of rules that did not change are kept; a rule whose limit,
   *  grace or sensor changed starts counting anew; alerts of rules and targets that went away are resolved without a delivery. */
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
  readonly alertId?: string;
  readonly limit: number;
  /** How many are passed over first. @default 0 */
  readonly offset?: number;
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
  /** Newest first. */
  deliveries(query: DeliveryQuery): Promise<readonly Delivery[]>;
  /** Counted by the database, however many there are. */
  counts(): Promise<AlertCounts>;
  /** Makes a dead delivery pending again. False when there is none of that id, or it isn't dead. */
  retryDelivery(id: string): Promise<boolean>;
}
