// Tests the default executor by itself: order, growth, slices and the sampling of time.
// Fairness towards real timers is conformance item 25.

import { expect, test } from 'vitest';
import { BatchExecutor, type Runnable } from './index.ts';

/** A task that wants `turns` turns and logs them. */
function task(executor: BatchExecutor, log: string[], name: string, turns: number, cost = 1) {
  const spentMs: number[] = [];
  let left = turns;
  const self: Runnable = {
    run(max) {
      log.push(`${name}${max}`);
      left -= 1;
      if (left > 0) executor.ready(self);
      return cost;
    },
    spent: (ms) => spentMs.push(ms),
  };
  executor.ready(self);
  return { spentMs, left: () => left };
}

async function rest(executor: BatchExecutor): Promise<void> {
  while (executor.busy()) await new Promise((resolve) => setImmediate(resolve));
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
  expect(log).toEqual(['a4', 'b4', 'a4', 'b4', 'a4']);
});

test('the queue grows with the number of tasks and keeps their order', async () => {
  const executor = new BatchExecutor();
  const log: string[] = [];
  task(executor, log, 'first ', 1);
  await rest(executor);
  const names = Array.from({ length: 300 }, (_, i) => `${i} `);
  for (const name of names) task(executor, log, name, 2);
  await rest(executor);
  expect(log.slice(1)).toEqual([...names, ...names].map((name) => `${name}4`));
});

test('a wish inside a slice is granted in a microtask, before the event loop turns', async () => {
  const executor = new BatchExecutor();
  const log: string[] = [];
  task(executor, log, 'opens the slice ', 1);
  await rest(executor);
  task(executor, log, 'quick ', 1, 0);
  await Promise.resolve();
  expect(log).toEqual(['opens the slice 4', 'quick 4']);
  expect(executor.busy()).toBe(false);
});

test('time is sampled every 3 to 5 messages and never negative', async () => {
  const executor = new BatchExecutor();
  const { spentMs } = task(executor, [], 'a', 120);
  await rest(executor);
  expect(spentMs.length).toBeGreaterThanOrEqual(120 / 5);
  expect(spentMs.length).toBeLessThanOrEqual(120 / 3);
  expect(Math.min(...spentMs)).toBeGreaterThanOrEqual(0);
});

test('a task that uses up the slice is told its time, and the rest waits for the event loop', async () => {
  const executor = new BatchExecutor();
  const order: string[] = [];
  const spentMs: number[] = [];
  executor.ready({
    run() {
      const untilMs = performance.now() + 5;
      while (performance.now() < untilMs) order.length = 0;
      setImmediate(() => order.push('event loop'));
      return 4;
    },
    spent: (ms) => spentMs.push(ms),
  });
  executor.ready({
    run() {
      order.push('next actor');
      return 1;
    },
    spent: () => {},
  });
  await rest(executor);
  expect(order).toEqual(['event loop', 'next actor']);
  expect(spentMs[0]).toBeGreaterThanOrEqual(5);
});
