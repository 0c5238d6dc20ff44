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

test('rule 2: a retry that the time-out cuts short before it finds anything unsays no failure', async () => {
  const clock = new TestClock();
  const unknown = failedResult({ status: 'unknown', errorMessage: 'timed out while looking up the name' });
  const run = (stop: AbortController) => {
    const results = [down, unknown];
    const context = { clock, signal: stop.signal };
    return withRetries({ timeoutMs: 700, retries: 1 }, context, async ({ signal }) => {
      const result = results.shift()!;
      if (result === unknown) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return result;
    });
  };
  const cut = run(new AbortController());
  await clock.advance(700);
  expect(await cut).toBe(down);
  const stop = new AbortController();
  const stopped = run(stop);
  await clock.advance(600);
  stop.abort();
  expect(await stopped).toBe(unknown);
});

test('rule 1: an attempt that never ends is ended, as unknown', async () => {
  const clock = new TestClock();
  const context = { clock, signal: new AbortController().signal };
  const never = new Promise<CheckResult>(() => {});
  const result = withRetries({ timeoutMs: 700, retries: 3 }, context, () => never);
  await clock.advance(700);
  await clock.advance(2_000);
  expect(await result).toMatchObject({
    status: 'unknown',
    errorMessage: expect.stringContaining('did not end'),
  });
  expect(clock.pending).toBe(0);
});
