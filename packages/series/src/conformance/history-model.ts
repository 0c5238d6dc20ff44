// A sample storage without anything: maps of what was accepted, and what of it is still raw. Which histories are tried is
// left to property.ts.
import { compileGlob, type SeriesSelector } from '@guardia/model';
import { dayOf, dayStart } from '../engine/chunk-store.ts';
import type { TimeRange } from '../query/source.ts';
import type { FramePoint, RetentionPolicy } from '../store.ts';
import { DAY_MS, T0 } from '../test/frames.ts';

export const MODEL_TARGETS = ['srv_a', 'srv_b'];
export const MODEL_KEYS = ['cpu', 'load', 'short.x'];
/** Raw samples go early, tiers never. */
export const MODEL_POLICY: RetentionPolicy = {
  rawMs: 3 * DAY_MS,
  tiers: { '1m': null, '5m': 1000 * DAY_MS, '1h': 1000 * DAY_MS },
  rules: [{ match: 'short.*', rawMs: DAY_MS }],
};

type Column = Map<number, number>;

export class HistoryModel {
  /** By target and key: all that was accepted, as tiers have it. */
  readonly #all = new Map<string, Column>();
  readonly #raw = new Map<string, Column>();
  /** Target and key of all that came, accepted or not. */
  readonly #names = new Set<string>();
  #cleanedAt = Number.NEGATIVE_INFINITY;

  append(targetId: string, at: number, values: readonly (readonly [string, number])[]): void {
    for (const [key, value] of values) {
      this.#names.add(`${targetId} ${key}`);
      if (at < this.#rawFrom(key)) continue;
      for (const columns of [this.#all, this.#raw]) {
        const name = `${targetId} ${key}`;
        if (!columns.has(name)) columns.set(name, new Map());
        columns.get(name)!.set(at, value);
      }
    }
  }

  cleanUp(now: number): void {
    this.#cleanedAt = now;
    for (const [name, column] of this.#raw) {
      for (const at of column.keys()) if (at < this.#rawFrom(name.split(' ')[1]!)) column.delete(at);
    }
  }

  #rawFrom(key: string): number {
    return dayStart(dayOf(this.#cleanedAt - rawAgeMs(key)));
  }

  raw(targetId: string): Record<string, [number, number][]> {
    const columns = MODEL_KEYS.map((key) => {
      const samples = [...(this.#raw.get(`${targetId} ${key}`) ?? [])].sort(([a], [b]) => a - b);
      return [key, samples] as const;
    });
    return Object.fromEntries(columns.filter(([, samples]) => samples.length > 0));
  }

  /** Without days that are too old for all series of the target, whether clean-up has been there or not. */
  frames(targetId: string, now: number): FramePoint[] {
    const keys = MODEL_KEYS.filter((key) => this.#all.has(`${targetId} ${key}`));
    const oldest = dayStart(dayOf(now - Math.max(...keys.map(rawAgeMs))));
    const points = new Map<number, Record<string, number | null>>();
    for (const [key, samples] of Object.entries(this.raw(targetId))) {
      for (const [at, value] of samples) {
        points.set(at, { ...points.get(at), [key]: Number.isNaN(value) ? null : value });
      }
    }
    const all = [...points].map(([at, values]) => ({ at, values }));
    return all.filter(({ at }) => at >= oldest).sort((a, b) => a.at - b.at);
  }

  /** Target and key of the series that a selector finds. */
  found({ metric = '*', targets = MODEL_TARGETS }: Omit<SeriesSelector, 'matchers'>): string[] {
    const matches = compileGlob(metric);
    return [...this.#names].filter((name) => {
      const [targetId, key] = name.split(' ') as [string, string];
      return targets.includes(targetId) && matches(key);
    });
  }

  /** By series, then by the start of the step, from {@link T0} on; only steps and series with a reading. Steps that the
   *  range touches are whole. */
  steps(
    stepMs: number,
    agg: 'sum' | 'count' | 'max',
    { start, end }: TimeRange = { start: T0, end: Number.POSITIVE_INFINITY },
  ): Record<string, Record<number, number>> {
    const rows: Record<string, Record<number, number>> = {};
    for (const [name, column] of this.#all) {
      const steps: Record<number, number> = {};
      for (const [at, value] of column) {
        const from = Math.floor(at / stepMs) * stepMs;
        if (Number.isNaN(value) || from > end || from + stepMs <= start) continue;
        const step = from - T0;
        steps[step] = joined(agg, steps[step], value);
      }
      if (Object.keys(steps).length > 0) rows[name] = steps;
    }
    return rows;
  }
}

function rawAgeMs(key: string): number {
  return key.startsWith('short.') ? DAY_MS : MODEL_POLICY.rawMs;
}

function joined(agg: 'sum' | 'count' | 'max', before: number | undefined, value: number): number {
  if (agg === 'max') return Math.max(before ?? value, value);
  return Math.round(((before ?? 0) + (agg === 'sum' ? value : 1)) * 10) / 10;
}
