// Where on the time line and in which folder the samples of a partition lie. What is in the folder is left to files.ts.
// Times are UTC.
import type { EpochMs } from '@guardia/model';

export type Partition = 'day' | 'hour';

/** One partition of one target: a day or an hour. */
export interface Slot {
  readonly start: EpochMs;
  /** Exclusive. */
  readonly end: EpochMs;
  /** Below the target's folder, for readers that find partitions in folder names: `day=2026-11-21/hour=05`. */
  readonly folder: string;
}

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The midnight at or before a time. */
export function midnight(at: EpochMs): EpochMs {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/** The slots of the day that begins at `day`, in order. */
export function slotsOfDay(day: EpochMs, partition: Partition): readonly Slot[] {
  const folder = dayFolder(day);
  if (partition === 'day') return [{ start: day, end: day + DAY_MS, folder }];
  return Array.from({ length: 24 }, (_, hour) => {
    const start = day + hour * HOUR_MS;
    return { start, end: start + HOUR_MS, folder: `${folder}/hour=${String(hour).padStart(2, '0')}` };
  });
}

/** Undefined when the folder isn't one of a slot. */
export function slotOfFolder(folder: string): Slot | undefined {
  const [, date, hour] = /^day=(\d{4}-\d\d-\d\d)(?:\/hour=(\d\d))?$/.exec(folder) ?? [];
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day)) return undefined;
  if (hour === undefined) return { start: day, end: day + DAY_MS, folder };
  const start = day + Number(hour) * HOUR_MS;
  return { start, end: start + HOUR_MS, folder };
}

function dayFolder(day: EpochMs): string {
  return `day=${new Date(day).toISOString().slice(0, 10)}`;
}
