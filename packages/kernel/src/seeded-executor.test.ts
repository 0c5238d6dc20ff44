// Tests that a seed stands for the same order of turns in every version, so that a reported seed can be replayed.
// What actors make of an order is conformance item 25.

import { expect, test } from 'vitest';
import { type Runnable, SeededExecutor } from './index.ts';

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The order in which a seed picks 1,000 tasks that wait, as one number: the sum of task times place. */
async function picks(seed: number): Promise<number> {
  const executor = new SeededExecutor(seed);
  const order: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const task: Runnable = {
      run(max) {
        order.push(i);
        return max;
      },
      spent: () => {},
    };
    executor.ready(task);
  }
  while (executor.busy()) await turn();
  expect(new Set(order).size).toBe(1000);
  return order.reduce((sum, number, place) => sum + number * place, 0);
}

test('seeds keep their order', async () => {
  expect(await picks(42)).toBe(248_562_826);
  expect(await picks(-7)).toBe(251_002_189);
});

test('an actor handles one message a turn, and after 64 turns the event loop has its own', async () => {
  const executor = new SeededExecutor(1);
  let turns = 0;
  const endless: Runnable = {
    run(max) {
      turns += max;
      if (turns < 1000) executor.ready(endless);
      return max;
    },
    spent: () => {},
  };
  executor.ready(endless);
  const seen: number[] = [];
  for (let i = 0; i < 3; i++) {
    await turn();
    seen.push(turns);
  }
  expect(seen).toEqual([63, 127, 191]);
  while (executor.busy()) await turn();
});
