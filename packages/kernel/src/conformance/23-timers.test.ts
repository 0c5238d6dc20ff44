// Conformance item 23: timers of a life, ticks on a grid, and what becomes of both at the end.
// The clocks themselves are tested in test-clock.test.ts and clock.test.ts.

import { expect, test } from 'vitest';
import type { Timers } from '../index.ts';
import { type Probe, forever, act, block, gate, note, probe, setup } from './harness.ts';

async function actor() {
  const bench = setup();
  const seen: unknown[] = [];
  const ref = await bench.system.spawn(probe(seen), undefined, { mailbox: { capacity: 2 } });
  return { ...bench, seen, ref };
}

test('23. a timer fires once, on time', async () => {
  const { clock, seen, ref } = await actor();
  ref.tell(act((ctx) => void ctx.timers.after(10, note('once'))));
  await clock.advance(9);
  expect(seen).toEqual([]);
  await clock.advance(1);
  expect(seen).toEqual(['once']);
  await clock.advance(100);
  expect(seen).toEqual(['once']);
});

test('23. ticks keep to their grid, whatever the offset and however long a handler takes', async () => {
  const { clock, seen, ref } = await actor();
  ref.tell(act((ctx) => void ctx.timers.every(100, note('tick'), { offsetMs: 30 })));
  ref.tell(act((ctx) => void ctx.timers.every(1000, note('slow'))));
  const atMs: number[] = [];
  for (let i = 0; i < 100; i++) {
    await clock.advance(10);
    if (seen.splice(0).includes('tick')) atMs.push(clock.mono());
  }
  expect(atMs).toEqual([30, 130, 230, 330, 430, 530, 630, 730, 830, 930]);
});

test('23. the first tick may be due at once', async () => {
  const { clock, seen, ref } = await actor();
  ref.tell(act((ctx) => void ctx.timers.every(100, note('tick'), { offsetMs: 0 })));
  await clock.settle();
  await clock.advance(0);
  expect(seen).toEqual(['tick']);
});

test('23. while a tick waits or is handled, further ticks are skipped and counted', async () => {
  const { clock, system, seen, ref } = await actor();
  ref.tell(act((ctx) => void ctx.timers.every(10, note('tick'))));
  await clock.settle();
  const blocked = await block(clock, ref);
  await clock.advance(45);
  expect(system.inspect(ref)).toMatchObject({ skippedTicks: 3, mailbox: { depth: 1 } });
  blocked.open();
  await clock.settle();
  expect(seen).toEqual(['tick']);
  await clock.advance(5);
  expect(seen).toEqual(['tick', 'tick']);
  expect(system.inspect(ref)?.skippedTicks).toBe(3);
});

test('23. a tick that is being handled counts as on its way', async () => {
  const { clock, system, ref } = await actor();
  const slow = gate();
  let runs = 0;
  ref.tell(
    act((ctx) => {
      ctx.timers.every(
        10,
        act(() => {
          runs += 1;
          return slow.opened;
        }),
      );
    }),
  );
  await clock.advance(35);
  expect([runs, system.inspect(ref)?.skippedTicks]).toEqual([1, 2]);
  slow.open();
  await clock.advance(5);
  expect(runs).toBe(2);
});

test('23. a clock that is late skips the grid points that have passed', async () => {
  const { clock, seen, system, ref } = await actor();
  const late: { lagMs: number } = { lagMs: 0 };
  const bench = setup({
    clock: {
      wall: () => clock.wall(),
      mono: () => clock.mono() + late.lagMs,
      after: (ms, f) => clock.after(ms, f),
    },
  });
  const other = await bench.system.spawn(probe(seen));
  other.tell(act((ctx) => void ctx.timers.every(10, note('tick'))));
  await clock.settle();
  late.lagMs = 25;
  await clock.advance(10);
  expect(seen).toEqual(['tick']);
  expect(bench.system.inspect(other)?.skippedTicks).toBe(2);
  // At 35 the next grid point is 40.
  await clock.advance(4);
  expect(seen.length).toBe(1);
  await clock.advance(1);
  expect(seen.length).toBe(2);
  expect(system.inspect(ref)?.skippedTicks).toBe(0);
});

test('23. timer messages wait in line when the mailbox is full', async () => {
  const { clock, seen, system, ref } = await actor();
  ref.tell(act((ctx) => void ctx.timers.after(10, note('timer'))));
  await clock.settle();
  const blocked = await block(clock, ref);
  ref.tell(note(1));
  ref.tell(note(2));
  await clock.advance(10);
  expect(system.inspect(ref)?.mailbox).toMatchObject({ depth: 2, waiting: 1, rejected: 0 });
  blocked.open();
  await clock.settle();
  expect(seen).toEqual([1, 2, 'timer']);
});

test('23. a key replaces the timer that had it; cancel stops a timer, even when its message waits', async () => {
  const { clock, seen, ref } = await actor();
  const results: unknown[] = [];
  ref.tell(
    act((ctx) => {
      ctx.timers.after(10, note('replaced'), 'k');
      results.push(ctx.timers.after(20, note('kept'), 'k'));
      const tick = ctx.timers.every(10, note('cancelled tick'));
      results.push(ctx.timers.cancel(tick), ctx.timers.cancel(tick), ctx.timers.cancel('unknown'));
      ctx.timers.every(25, note('tick'), { key: 'e' });
    }),
  );
  await clock.advance(25);
  expect(seen).toEqual(['kept', 'tick']);
  expect(results).toEqual(['k', true, false, false]);
  ref.tell(act((ctx) => void ctx.timers.after(5, note('caught'), 'late')));
  await clock.settle();
  const canceller = gate();
  ref.tell(
    act(async (ctx) => {
      await canceller.opened;
      results.push(ctx.timers.cancel('late'));
    }),
  );
  await clock.advance(5);
  canceller.open();
  await clock.settle();
  expect(results.at(-1)).toBe(true);
  expect(seen).not.toContain('caught');
  // A timer that has fired is forgotten.
  ref.tell(act((ctx) => void results.push(ctx.timers.cancel('k'))));
  await clock.settle();
  expect(results.at(-1)).toBe(false);
});

test('23. a dropped tick does not stop the ticking', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const mailbox = { capacity: 1, overflow: 'dropNewest' as const };
  const ref = await system.spawn(probe(seen), undefined, { mailbox });
  ref.tell(
    act((ctx) => {
      ctx.timers.every(10, note('tick'));
      ctx.timers.after(10, note('once'), 'once');
    }),
  );
  await clock.settle();
  const blocked = await block(clock, ref);
  ref.tell(note(1));
  await clock.advance(10);
  blocked.open();
  await clock.advance(10);
  expect(seen).toEqual([1, 'tick']);
  ref.tell(act((ctx) => void seen.push(ctx.timers.cancel('once'))));
  await clock.settle();
  expect(seen.at(-1)).toBe(false);
});

test('23. a message of a replaced timer that is dropped leaves the key to its successor', async () => {
  const { clock, system } = setup();
  const mailbox = { capacity: 1, overflow: 'dropOldest' } as const;
  const ref = await system.spawn(probe([], { mailbox }));
  const blocked = gate();
  let timers: Timers<Probe> | undefined;
  ref.tell(
    act((ctx) => {
      timers = ctx.timers;
      ctx.timers.after(10, note('first'), 'k');
      return blocked.opened;
    }),
  );
  await clock.advance(10);
  timers?.after(10, note('second'), 'k');
  ref.tell(note('displaces the first'));
  expect(timers?.cancel('k')).toBe(true);
  expect(clock.pending).toBe(0);
});

test('23. while an actor ends, its timers are gone already', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe([], { terminate: forever }));
  ref.tell(act((ctx) => void ctx.timers.every(10, note(1))));
  await clock.settle();
  const stopped = system.stop(ref);
  await clock.settle();
  // What is left watches over the stop.
  expect(clock.pending).toBe(1);
  await clock.advance(5000);
  expect(await stopped).toEqual({ type: 'killed' });
  expect(system.status().deadLetters).toBe(0);
});

test('23. none is armed after the end, and a period that is none is refused', async () => {
  const { clock, system, ref, failures } = await actor();
  ref.tell(
    act((ctx) => {
      ctx.timers.after(10, note(1));
      ctx.timers.every(10, note(2));
      ctx.timers.every(10, note(3), { key: 'k' });
    }),
  );
  await clock.settle();
  expect(clock.pending).toBe(3);
  await system.stop(ref);
  expect(clock.pending).toBe(0);
  const other = await system.spawn(probe(), undefined, { name: 'other' });
  other.tell(act((ctx) => void ctx.timers.every(0, note(1))));
  await clock.settle();
  expect(failures).toEqual(['/other']);
  expect(system.inspect(other)?.lastError?.message).toBe('timers.every ms: 0, must be above 0');
});
