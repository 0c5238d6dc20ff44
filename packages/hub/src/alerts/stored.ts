// What the database says of alerts, as the judge takes it up. Reading it belongs to store.ts, what it means to judge.ts.
import type { Alert, EpochMs, TargetId } from '@guardia/model';
import type { Nag } from './nagging.ts';
import type { AlertRecord } from './record.ts';
import type { AlertKey } from './watch.ts';

/** An alert fired or ended. */
export interface StoredTransition extends AlertKey {
  readonly targetId: TargetId;
  readonly at: EpochMs;
}

/** What was stored. */
export interface StoredAlerts {
  /** Those that are pending or firing. */
  readonly records: readonly AlertRecord[];
  /** Those that are over, and whose end is held. */
  readonly ended: readonly AlertRecord[];
  /** Ids of those that are held though somebody was told of their beginning. */
  readonly told: ReadonlySet<string>;
  /** The highest of each target. */
  readonly sequences: ReadonlyMap<TargetId, number>;
  /** Of the longest flapping window, of each alert as many as matter, oldest first. */
  readonly transitions: readonly StoredTransition[];
}

/** What a recall found in the database. */
export interface Recall {
  readonly alert: Alert;
  /** Whether anything had not left yet; else nothing waits, and the alert isn't held. */
  readonly isHeld: boolean;
  /** Whether anybody was told before. */
  readonly isTold: boolean;
  /** What of it was to be told again, or to others, and had not left yet. */
  readonly nags: readonly Pick<Nag, 'kind' | 'n'>[];
}

/** What is stored of one target. */
export function ofTarget(
  { records, ended, told, sequences, transitions }: StoredAlerts,
  id: TargetId,
): StoredAlerts {
  const isIts = ({ alert }: AlertRecord) => alert.targetId === id;
  const its = records.filter(isIts);
  return {
    records: its,
    ended: ended.filter(isIts),
    told: new Set(its.flatMap(({ alert }) => (told.has(alert.id) ? [alert.id] : []))),
    sequences,
    transitions: transitions.filter(({ targetId }) => targetId === id),
  };
}
