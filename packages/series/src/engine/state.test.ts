import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../open-series.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { DAY_MS } from './chunk-store.ts';
import { EngineState } from './state.ts';

it.each([
  ['six hours', DAY_MS / 4, 2],
  ['six and a half days', 6.5 * DAY_MS, 7],
  ['30 days', 30 * DAY_MS, 30],
  ['for ever', Number.MAX_SAFE_INTEGER, 30],
])('counts a series against the limit while raw samples are kept: %s', async (_, rawMs, days) => {
  const store = openSqliteStore(':memory:');
  const notices: unknown[] = [];
  const state = new EngineState({
    store,
    maxSeriesPerTarget: 1,
    policy: { ...DEFAULT_POLICY, rawMs },
    notify: (notice) => notices.push(notice),
    pause: async () => {},
  });
  const target = state.addTarget(await store.target('srv_a'), 'srv_a', 0);
  const refused = async (key: string, day: number) => (await state.layout(target, day, [key], day)).refused;
  expect(await refused('old', 100)).toBe(0);
  expect(await refused('new', 100 + days)).toBe(1);
  expect(await refused('new', 101 + days)).toBe(0);
  expect(await refused('old', 101 + days)).toBe(0);
  await store.close();
});
