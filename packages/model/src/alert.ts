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
  | 'check_unknown'
  /** Guardia can't write its own database. */
  | 'storage';

/** One alert as stored and shown. Its identity is (target, rule, instance); `id` is of one life. */
export interface Alert {
  readonly id: string;
  readonly targetId: TargetId;
  readonly targetName: string;
  readonly rule: AlertRule;
  /** What within the target: a mount point for `disk`; empty for the others. */
  readonly instance: string;
  readonly state: AlertState;
  readonly severity: Severity;
  /** The value that broke the limit, in `unit`; null where there is none (unreachable, service down). */
  readonly value: number | null;
  readonly limit: number | null;
  /** `%`, `°C`, or empty. */
  readonly unit: string;
  readonly summary: string;
  /** Consecutive violations so far. */
  readonly violations: number;
  readonly pendingSince: EpochMs;
  readonly firedAt: EpochMs | null;
  readonly resolvedAt: EpochMs | null;
  /** Notifiers that are told, by name. */
  readonly notifiers: readonly string[];
}

export type DeliveryKind = 'firing' | 'resolved' | 'test';
export type DeliveryState = 'pending' | 'sending' | 'delivered' | 'dead';

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
