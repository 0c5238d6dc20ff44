import { TestClock } from '@guardia/kernel';
import { expect, test } from 'vitest';
import { withRetries } from './attempts.ts';
import type { CheckResult } from './check.ts';
import type { Deadline } from './deadline.ts';
import { answeredResult, failedResult } from './reading.ts';

const up = answeredResult({ degradedMs: null }, {});
const down = failedResult({ status: 'down', errorMessage: 'refused' });

function setup(results: readonly CheckResult[], retries: number, timeoutMs = 10_000) {
  const clock = new TestClock();
  const owner = new AbortController();
  const begunAt: number[] = [];
  const attempt = async (_: Deadline) => results[begunAt.push(clock.mono()) - 1] ?? down;
  const result = withRetries({ timeoutMs, retries }, { clock, signal: owner.signal }, attempt);
  return { clock, owner, begunAt, result };
}

test('a service that answers, though not as expected, is not asked again', async () => {
  const degraded = answeredResult({ degradedMs: null }, {}, ['expected more']);
  const { clock, begunAt, result } = setup([degraded, up], 5);
  expect(await result).toBe(degraded);
  expect([begunAt, clock.pending]).toEqual([[0], 0]);
});

test('the first attempt that finds the service up is the last', async () => {
  const { clock, begunAt, result } = setup([down, up, up], 5);
  await clock.advance(500);
  expect(await result).toBe(up);
  expect(begunAt).toEqual([0, 500]);
  expect(clock.pending).toBe(0);
});

test('as many attempts as retries allow, and the last one counts', async () => {
  const { clock, begunAt, result } = setup([], 2);
  await clock.advance(1000);
  expect(await result).toBe(down);
  expect(begunAt).toEqual([0, 500, 1000]);
});

test('attempts end with the time-out, and what was found counts', async () => {
  const { clock, begunAt, result } = setup([], 10, 700);
  await clock.advance(700);
  expect(await result).toBe(down);
  expect(begunAt).toEqual([0, 500]);
  expect(clock.pending).toBe(0);
});

test('a check that is ended makes no further attempt', async () => {
  const { clock, owner, begunAt, result } = setup([], 3);
  await clock.settle();
  owner.abort();
  expect(await result).toBe(down);
  expect([begunAt.length, clock.pending]).toEqual([1, 0]);
});
