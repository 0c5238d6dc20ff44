// What must be true of a file that the victim of kill -9 left behind, after it was opened again. What it wrote is
// kill-data.ts.
import { existsSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { TestClock } from '@guardia/kernel';
import { expect } from 'vitest';
import { openSeries } from '../open-series.ts';
import type { SeriesStore } from '../store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, T0 } from './frames.ts';
import {
  KEYS,
  MINUTES_DAYS,
  NARROW,
  POLICY,
  timeOf,
  valuesOf,
  WIDE,
  WIDE_EVERY,
  WIDE_SERIES,
} from './kill-data.ts';

/** @param flushed the number of the last frame that was said to be flushed */
export async function checkInvariants(path: string, flushed: number): Promise<void> {
  const clock = new TestClock({ wallMs: timeOf(flushed) + DAY_MS });
  const store = await openSeries({ backend: 'sqlite', path, clock, policy: POLICY });
  const failures: Error[] = [];
  store.onFailure((error) => failures.push(error));
  try {
    const found = await checkRaw(store, path);
    expect(found.last).toBeGreaterThanOrEqual(flushed);
    for (const settled of [false, true]) {
      if (settled) await store.settle();
      expect(await checkRaw(store, path)).toEqual(found);
      if (found.last < 0) continue;
      await checkTiers(store, found.last);
      await checkWide(store, found);
    }
    expect((await store.stats()).corruptChunks).toBe(0);
    expect(failures).toEqual([]);
  } finally {
    await store.close();
  }
  checkFile(path);
}

/** Every sample from the first that is left to the last, once, with its value; what is before it is in the archive. */
async function checkRaw(store: SeriesStore, path: string): Promise<{ first: number; last: number }> {
  const columns = await store.raw({ targetId: NARROW, start: 0, end: timeOf(1e8) });
  if (columns.length === 0) return { first: 0, last: -1 };
  expect(columns.map(({ key }) => key)).toEqual(KEYS);
  const numbers = Array.from(columns[0]!.times, (at) => (at - T0) / MINUTE_MS);
  const first = numbers[0]!;
  for (const [i, { times, values }] of columns.entries()) {
    expect(Array.from(times, (at) => (at - T0) / MINUTE_MS)).toEqual(numbers.map((_, step) => first + step));
    expect([...values]).toEqual(numbers.map((n) => valuesOf(n)[i]));
  }
  const until = await store.archivedUntil();
  const archived = until === null ? 0 : (until - T0) / MINUTE_MS;
  const last = numbers.at(-1)!;
  // Whole days, by the policy or by the archive.
  expect(first % 1440).toBe(0);
  expect(first).toBeLessThanOrEqual(
    Math.max(0, last + 1 + (DAY_MS / 2 - POLICY.rawMs) / MINUTE_MS, archived),
  );
  expect(archivedNumbers(path, archived)).toEqual(Array.from({ length: archived }, (_, n) => n));
  return { first, last };
}

/** Frames of which the archive has the counter, up to where it is said to reach. */
function archivedNumbers(path: string, until: number): number[] {
  if (!existsSync(`${path}.archive`)) return [];
  const found = new Set<number>();
  for (const line of readFileSync(`${path}.archive`, 'utf8').split('\n')) {
    const [, n] = /^\["counter",\d+,(\d+)\]$/.exec(line) ?? [];
    if (n !== undefined && Number(n) < until) found.add(Number(n));
  }
  return [...found].sort((a, b) => a - b);
}

/** The wide target has each sample of each series, raw as long as the narrow one's, in tiers for ever. */
async function checkWide(
  store: SeriesStore,
  { first, last }: { first: number; last: number },
): Promise<void> {
  const columns = await store.raw({ targetId: WIDE, start: 0, end: timeOf(last) });
  const numbers = Array.from({ length: Math.floor(last / WIDE_EVERY) + 1 }, (_, i) => i * WIDE_EVERY);
  const raw = numbers.filter((n) => n >= first);
  expect(columns).toHaveLength(raw.length === 0 ? 0 : WIDE_SERIES);
  for (const { key, times, values } of columns) {
    expect([...times], key).toEqual(raw.map(timeOf));
    const i = Number(/\d+/.exec(key)![0]);
    expect([...values], key).toEqual(raw.map((n) => n + i));
  }
  for (const agg of ['sum', 'count'] as const) {
    const node = { type: 'series', selector: { targets: [WIDE] }, agg } as const;
    const all = { type: 'aggregate', agg: 'sum', by: [], of: node } as const;
    const answer = await store.query({ node: all, start: T0, end: timeOf(last), stepMs: HOUR_MS });
    expect(answer.tier).toBe('1h');
    const sums = numbers.map((n) => WIDE_SERIES * n + (WIDE_SERIES * (WIDE_SERIES - 1)) / 2);
    const found = answer.rows[0]!.values.filter((value) => !Number.isNaN(value));
    expect([...found], `wide ${agg}`).toEqual(agg === 'sum' ? sums : sums.map(() => WIDE_SERIES));
  }
}

/** Tiers have every reading that ever was, hour by hour and five minutes by five minutes, and of the last days minute by
 *  minute. */
async function checkTiers(store: SeriesStore, last: number): Promise<void> {
  const recent = Math.max(0, Math.floor(last / 1440) - MINUTES_DAYS + 2) * 1440;
  for (const [stepMs, tier, from] of [
    [HOUR_MS, '1h', 0],
    [5 * MINUTE_MS, '5m', 0],
    [MINUTE_MS, '1m', recent],
  ] as const) {
    for (const agg of ['sum', 'count'] as const) {
      const node = { type: 'series', selector: { targets: [NARROW] }, agg } as const;
      const answer = await store.query({ node, start: timeOf(from), end: timeOf(last), stepMs });
      expect(answer.tier).toBe(tier);
      for (const [i, { values }] of answer.rows.entries()) {
        expect(rounded(values), `${tier} ${agg} ${KEYS[i]}`).toEqual(
          rounded(expectedSteps(i, { agg, stepMs, from, last })),
        );
      }
    }
  }
}

function expectedSteps(
  series: number,
  asked: { agg: 'sum' | 'count'; stepMs: number; from: number; last: number },
): number[] {
  const steps: number[] = [];
  for (let n = asked.from; n <= asked.last; n++) {
    const value = valuesOf(n)[series]!;
    const step = Math.floor(((n - asked.from) * MINUTE_MS) / asked.stepMs);
    steps[step] ??= Number.NaN;
    if (Number.isNaN(value)) continue;
    steps[step] = (Number.isNaN(steps[step]) ? 0 : steps[step]!) + (asked.agg === 'sum' ? value : 1);
  }
  return steps;
}

const rounded = (values: Iterable<number>) => Array.from(values, (value) => Math.round(value * 100) / 100);

const COUNTED = {
  log: ['log', '0', 'cells'],
  blocks: ['blocks', 'samples', 'data'],
  raw: ['raw_chunks', 'count', 'data'],
  '1m': ['chunks_1m', 'count', 'data'],
  '5m': ['chunks_5m', 'count', 'data'],
  '1h': ['chunks_1h', 'count', 'data'],
} as const;

/** SQLite finds it sound, and its sizes are those of the rows. */
export function checkFile(path: string): void {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    expect(db.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
    for (const [tier, [table, points, data]] of Object.entries(COUNTED)) {
      const sum = (what: string) => `coalesce(sum(${what}), 0)`;
      const real = db
        .prepare(
          `select count(*) as rows, ${sum(points)} as points, ${sum(`length(${data})`)} as bytes from ${table}`,
        )
        .get();
      const noted = db.prepare('select rows, points, bytes from sizes where tier = ?').get(tier);
      expect(noted, tier).toEqual(real);
    }
    const series = db.prepare('select count(*) as rows from series').get();
    expect(db.prepare("select rows from sizes where tier = 'series'").get()).toEqual(series);
  } finally {
    db.close();
  }
}
