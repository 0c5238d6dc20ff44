// Tests the default executor by itself: order, growth, slices and the sampling of time.
// Fairness towards real timers is conformance item 25.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BatchExecutor, type Runnable } from './index.ts';

/** A task that wants `turns` turns and logs them. */
function task(executor: BatchExecutor, log: string[], name: string, turns: number, cost = 1) {
  const spentMs: number[] = [];
  let left = turns;
  const self: Runnable = {
    run(max) {
      if (max < 1 || max > 16) throw new Error(`a turn of ${max} messages`);
      log.push(name);
      left -= 1;
      if (left > 0) executor.ready(self);
      return cost;
    },
    spent: (ms) => spentMs.push(ms),
  };
  executor.ready(self);
  return { spentMs, left: () => left };
}

/** Lets time pass for the executor, which reads nothing but `performance`. */
function pass(ms: number): void {
  vi.advanceTimersByTime(ms);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

async function rest(executor: BatchExecutor): Promise<void> {
  while (executor.busy()) await turn();
}

test('tasks take turns in the order of their wishes, and none runs inside ready', async () => {
  const executor = new BatchExecutor();
  const log: string[] = [];
  expect(executor.busy()).toBe(false);
  task(executor, log, 'a', 3);
  task(executor, log, 'b', 2);
  expect(executor.busy()).toBe(true);
  expect(log).toEqual([]);
  await rest(executor);
  expect(log).toEqual(['a', 'b', 'a', 'b', 'a']);
});

test('the queue grows with the number of tasks and keeps their order', async () => {
  const executor = new BatchExecutor();
  const log: string[] = [];
  task(executor, log, 'first ', 1);
  await rest(executor);
  const names = Array.from({ length: 300 }, (_, i) => `${i} `);
  for (const name of names) task(executor, log, name, 2);
  await rest(executor);
  expect(log.slice(1)).toEqual([...names, ...names]);
});

test('a wish inside a slice is granted in a microtask, before the event loop turns', async () => {
  const executor = new BatchExecutor();
  const log: string[] = [];
  task(executor, log, 'opens the slice', 1);
  await rest(executor);
  task(executor, log, 'quick', 1, 0);
  await Promise.resolve();
  expect(log).toEqual(['opens the slice', 'quick']);
  expect(executor.busy()).toBe(false);
});

test('time is sampled every 3 to 16 messages while they are quick', async () => {
  pass(1000);
  const executor = new BatchExecutor();
  const { spentMs } = task(executor, [], 'a', 120);
  await rest(executor);
  // Strides of 4, 5, ... 16, then 3, 4, ...: the first reading comes after 3.
  expect(spentMs.length).toBe(13);
});

test('slow messages are sampled turn by turn, each with its own time', async () => {
  const executor = new BatchExecutor();
  const spentMs: number[] = [];
  let left = 6;
  const slow: Runnable = {
    run() {
      pass(0.1 * left);
      left -= 1;
      if (left > 0) executor.ready(slow);
      return 3;
    },
    spent: (ms) => spentMs.push(Math.round(ms * 10) / 10),
  };
  executor.ready(slow);
  await rest(executor);
  expect(spentMs).toEqual([0.6, 0.5, 0.4, 0.3, 0.2, 0.1]);
});

test("a single slow message is sampled when the event loop turns, and idle time is counted as nobody's", async () => {
  const executor = new BatchExecutor();
  const spentMs: number[] = [];
  const once: Runnable = {
    run() {
      pass(7);
      return 1;
    },
    spent: (ms) => spentMs.push(ms),
  };
  for (let i = 0; i < 3; i++) {
    executor.ready(once);
    await rest(executor);
    await turn();
    pass(10_000);
  }
  expect(spentMs).toEqual([7, 7, 7]);
});

test('a slice of 2 ms that is used up makes the rest wait for the event loop; a shorter one does not', async () => {
  for (const [ms, expected] of [
    [2, ['event loop', 'next actor']],
    [1.9, ['next actor', 'event loop']],
  ] as const) {
    const executor = new BatchExecutor();
    const order: string[] = [];
    executor.ready({
      run() {
        pass(ms);
        setImmediate(() => order.push('event loop'));
        return 4;
      },
      spent: () => {},
    });
    executor.ready({
      run() {
        order.push('next actor');
        return 1;
      },
      spent: () => {},
    });
    await rest(executor);
    await turn();
    expect(order).toEqual(expected);
  }
});

test('microtasks that never end get no more than a slice either', async () => {
  const executor = new BatchExecutor();
  const order: string[] = [];
  let wishes = 0;
  const endless: Runnable = {
    run() {
      pass(0.5);
      wishes += 1;
      if (wishes < 20) Promise.resolve().then(() => executor.ready(endless));
      return 3;
    },
    spent: () => {},
  };
  executor.ready(endless);
  setImmediate(() => order.push(`event loop after ${wishes}`));
  await rest(executor);
  while (wishes < 20) await turn();
  expect(order).toEqual(['event loop after 4']);
});
