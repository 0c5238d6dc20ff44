// Tests virtual time: order of timers, rest between them, and jumps of the wall clock.
// What actors do with it is tested under conformance/.

import { expect, test } from 'vitest';
import { TestClock } from './index.ts';

test('timers fire in order of their due time, then of their arming, each at its own time', async () => {
  const clock = new TestClock();
  const fired: string[] = [];
  const arm = (name: string, ms: number) => clock.after(ms, () => fired.push(`${name} ${clock.mono()}`));
  arm('c', 30);
  arm('a', 10);
  arm('b', 10);
  const cancel = arm('never', 20);
  arm('now', -5);
  cancel();
  cancel();
  clock.after(Number.POSITIVE_INFINITY, () => fired.push('infinite'));
  expect(clock.pending).toBe(4);
  await clock.advance(29);
  expect(fired).toEqual(['now 0', 'a 10', 'b 10']);
  await clock.advance(1);
  expect(fired.at(-1)).toBe('c 30');
  expect(clock.mono()).toBe(30);
});

test('what a timer sets off comes to rest before the next one fires, and may arm more', async () => {
  const clock = new TestClock();
  const order: string[] = [];
  clock.after(10, async () => {
    order.push('first');
    await new Promise((resolve) => setImmediate(resolve));
    order.push('first, later');
    clock.after(5, () => order.push('chained'));
  });
  clock.after(11, () => order.push('second'));
  await clock.advance(20);
  expect(order).toEqual(['first', 'first, later', 'second', 'chained']);
});

test('settle waits for everyone who said to be busy', async () => {
  const clock = new TestClock();
  let turns = 0;
  clock.attach(() => ++turns < 10);
  clock.attach(() => false);
  await clock.settle();
  expect(turns).toBeGreaterThanOrEqual(12);
});

test('three quiet turns of the event loop count as rest', async () => {
  const clock = new TestClock();
  let asked = 0;
  clock.attach(() => {
    asked += 1;
    return false;
  });
  await clock.settle();
  expect(asked).toBe(3);
});

test('the wall clock starts where told, follows time, and jumps alone', async () => {
  const clock = new TestClock({ wallMs: 1000 });
  await clock.advance(10);
  clock.jumpWall(-500);
  expect([clock.wall(), clock.mono()]).toEqual([510, 10]);
  expect(new Date(new TestClock().wall()).toISOString()).toBe('2026-01-01T00:00:00.000Z');
});
