import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import { afterEach, expect, it } from 'vitest';
import { openSeries } from './open-series.ts';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from './test/frames.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A frame a minute by a clock that jumps after so many frames, through three days, and a new start at the end. */
async function polled(jumps: Readonly<Record<number, number>>) {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-jumps-'));
  folders.push(folder);
  const path = join(folder, 'series.db');
  const clock = new TestClock({ wallMs: T0 });
  const open = () => openSeries({ backend: 'sqlite', path, clock, maxPendingFrames: 10_000 });
  const first = await open();
  const expected = new Map<number, number>();
  for (let n = 0; n < 3 * 1440; n++) {
    clock.jumpWall((jumps[n] ?? 0) + MINUTE_MS);
    await first.append(frameAt('srv_a', clock.wall(), { n }));
    expected.set(clock.wall(), n);
    if (n % 1000 === 0) await first.settle();
  }
  await first.close();
  clock.jumpWall(DAY_MS);
  return { store: await open(), expected: [...expected].sort(([a], [b]) => a - b) };
}

it.each([
  ['an hour back', { 2000: -HOUR_MS }],
  ['an hour forward and back', { 1000: HOUR_MS, 1500: -HOUR_MS }],
  ['an hour back over midnight, again and again', { 1450: -HOUR_MS, 1500: HOUR_MS, 1510: -HOUR_MS }],
  ['a year forward and back', { 1000: 365 * DAY_MS, 1300: -365 * DAY_MS }],
])('keeps every sample by its own time when the clock jumps %s', async (_, jumps) => {
  const { store, expected } = await polled(jumps);
  for (const settled of [false, true]) {
    if (settled) await store.settle();
    const [column] = await store.raw({ targetId: 'srv_a', start: 0, end: T0 + 1000 * DAY_MS });
    expect(Array.from(column!.times, (at, i) => [at, column!.values[i]])).toEqual(expected);
    const soon = expected.filter(([at]) => at < T0 + 100 * DAY_MS);
    const range = { targetId: 'srv_a', start: T0, end: T0 + 100 * DAY_MS, limit: 10_000 };
    expect((await store.range(range)).points.map(({ at, values }) => [at, values.n])).toEqual(soon);
    const hours = await store.range({ ...range, stepMs: HOUR_MS, agg: 'count' });
    expect(hours.tier).toBe('1h');
    expect(hours.points.reduce((sum, { values }) => sum + values.n!, 0)).toBe(soon.length);
  }
  await store.close();
});
