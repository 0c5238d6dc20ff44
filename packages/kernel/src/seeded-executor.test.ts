// Tests that a seed stands for the same order of turns in every version, so that a reported seed can be replayed.
// What actors make of an order is conformance item 25.

import { expect, test } from 'vitest';
import { type Runnable, SeededExecutor } from './index.ts';

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The first tasks that a seed picks among 1,000 that wait, by number. */
async function picks(seed: number, count: number): Promise<number[]> {
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
  return order.slice(0, count);
}

test('seeds keep their order', async () => {
  expect(await picks(42, 12)).toEqual([601, 447, 852, 669, 174, 525, 272, 625, 866, 471, 248, 883]);
  expect(await picks(-7, 12)).toEqual([433, 325, 545, 480, 48, 40, 268, 206, 868, 830, 122, 36]);
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
