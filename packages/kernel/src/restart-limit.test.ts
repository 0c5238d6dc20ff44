// Tests the numbers of the back-off that are too long to act out.
// What supervisors make of limits and waits is conformance items 17 to 19.

import { expect, test } from 'vitest';
import { BackoffRow } from './restart-limit.ts';

test('by default the wait doubles from 100 ms up to 30 s and stays there', () => {
  const row = new BackoffRow({});
  const waitsMs = Array.from({ length: 11 }, () => row.nextMs());
  expect(waitsMs).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});
