// Words shared by everything that raises, stores, shows or delivers alerts.
import type { EpochMs, TargetId } from './ids.ts';

export type Severity = 'info' | 'warning' | 'critical';

/** Life of an alert: the condition holds but not long enough (pending), it fires, it is over (resolved). */
export type AlertState = 'pending' | 'firing' | 'resolved';

/** Which condition an alert watches. */
export type AlertRule =
  | 'temperature'
  | 'usage'
  | 'memory'
  | 'disk'
  | 'load'
  | 'unreachable'
  | 'service_down'
  | 'service_degraded'
  | 'cert_expiry'
  | 'check_unknown'
  /** The error budget of a service level objective burns too fast. */
  | 'slo_burn'
  /** Changes between well and unwell too often to tell each of them. */
  | 'flapping'
  /** The hub can't see: too much fails at once to be true. */
  | 'hub_blind'
  /** A disk of the hub itself is nearly full. */
  | 'hub_disk'
  /** A message could not be delivered for good. */
  | 'delivery_dead'
  /** An actor of the hub crashed again and again. */
  | 'actor_crashed'
  /** Guardia can't write its own database. */
  | 'storage'
  /** Raised by a domain under a name of its own. */
  | `custom:${string}`;

/** One alert as stored and shown. Its identity is (target, rule, instance); `id` is of one life. */
export interface Alert {
  readonly id: string;
  readonly targetId: TargetId;
  readonly targetName: string;
  readonly rule: AlertRule;
  /** What within the target: a mount point for `disk`, the name of a rule for `flapping`; empty for most others. */
  readonly instance: string;
  readonly state: AlertState;
  readonly severity: Severity;
  /** The value that broke the limit, in `unit`; null where there is none (unreachable, service down). */
  readonly value: number | null;
  readonly limit: number | null;
  /** `%`, `°C`, `days`, of raised conditions any other, or empty. */
  readonly unit: string;
  readonly summary: string;
  /** Consecutive violations so far. */
  readonly violations: number;
  readonly pendingSince: EpochMs;
  readonly firedAt: EpochMs | null;
  readonly resolvedAt: EpochMs | null;
  /** Notifiers that are told, by name. */
  readonly notifiers: readonly string[];
  /** Group of the target: messages are put together by it, and silences may name it. Empty: none. */
  readonly group: string;
  readonly tags: readonly string[];
  /** Who has seen it; null: nobody said so. Ends reminders and escalation. */
  readonly acknowledged: Acknowledgement | null;
  /** Why nobody is told at the moment, though it fires; null: those who should be are. Some may have been told before. */
  readonly held: Hold | null;
}

export interface Acknowledgement {
  readonly at: EpochMs;
  readonly by: string;
  /** Empty: none. */
  readonly note: string;
}

/** Why a delivery waits. What waits is told when the reason is gone and the alert still fires. */
export interface Hold {
  readonly reason: 'silence' | 'maintenance' | 'mute' | 'parent' | 'flapping';
  /** Id of the silence, name of the maintenance, of the parent, or of the service itself that is down; empty for the
   *  others. */
  readonly by: string;
}

/** `reminder`: fires still; `escalation`: told to others, because nobody acknowledged it. */
export type DeliveryKind = 'firing' | 'resolved' | 'reminder' | 'escalation' | 'test';
/** `held`: see {@link Hold}. `cancelled`: it waited, and before anybody could be told the alert was over, or somebody had
 *  seen it. */
export type DeliveryState = 'held' | 'pending' | 'sending' | 'delivered' | 'dead' | 'cancelled';

/** One message to one notifier. */
export interface Delivery {
  readonly id: string;
  readonly alertId: string;
  readonly notifier: string;
  readonly kind: DeliveryKind;
  /** Same for every attempt; receivers see it and may drop repeats. */
  readonly dedupeKey: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: EpochMs;
  readonly nextAttemptAt: EpochMs | null;
  readonly deliveredAt: EpochMs | null;
  /** What the far side said the last time, without secrets. */
  readonly lastError: string | null;
}
