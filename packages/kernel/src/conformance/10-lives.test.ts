// Conformance item 10: how a life begins, or fails to.
// How it fails later, and what the next one shares with it, is in 11-failures.test.ts.

import { expect, test } from 'vitest';
import { ActorStopped, InitFailed, NameRefused } from '../index.ts';
import { forever, gate, get, note, outcomeOf, type Probe, type ProbeDef, probe, setup } from './harness.ts';

test('10. a failing init reaches the spawner, thrown or rejected, and frees the name', async () => {
  const { system, failures, logs } = setup();
  const error = new Error('no such disk');
  const inits = [
    () => {
      throw error;
    },
    () => Promise.reject(error),
  ];
  for (const init of inits) {
    const failed = await system
      .spawn(probe([], { init }), undefined, { name: 'disk' })
      .catch((reason: unknown) => reason as Error);
    expect(failed).toBeInstanceOf(InitFailed);
    expect((failed as Error).message).toBe('/disk: init failed: no such disk');
    expect((failed as Error).cause).toBe(error);
    expect(system.whereIs('disk')).toBeUndefined();
  }
  const ref = await system.spawn(probe(), undefined, { name: 'disk' });
  expect(system.whereIs('disk')).toBe(ref);
  expect(system.status().count).toBe(1);
  expect(failures).toEqual([]);
  expect(logs).toEqual([]);
});

test('10. what a failed init had started is stopped before the spawner hears of it', async () => {
  const { system } = setup();
  const seen: string[] = [];
  const parent = probe([], {
    init: async (ctx) => {
      await ctx.spawn(probe([], { terminate: () => void seen.push('child stopped') }), undefined, {
        name: 'c',
      });
      throw new Error('second thoughts');
    },
    terminate: () => void seen.push('never: there is no state'),
  });
  await system.spawn(parent).catch(() => seen.push('spawner told'));
  expect(seen).toEqual(['child stopped', 'spawner told']);
  expect(system.whereIs('c')).toBeUndefined();
});

test('10. names are unique in the system, ids among siblings, and both are free after the end', async () => {
  const { system } = setup();
  const ref = await system.spawn(probe(), undefined, { name: 'one' });
  await expect(system.spawn(probe(), undefined, { name: 'one' })).rejects.toThrow(
    '/one: name "one" is taken by /one; stop that actor first',
  );
  await expect(system.spawn(probe(), undefined, { id: 'other', name: 'one' })).rejects.toThrow(NameRefused);
  await expect(system.spawn(probe(), undefined, { id: 'one' })).rejects.toThrow('id "one" is taken');
  for (const name of ['', 'a/b', 'a#1']) {
    await expect(system.spawn(probe(), undefined, { name })).rejects.toThrow(
      'must not be empty or contain / or #',
    );
  }
  await expect(system.spawn(probe(), undefined, { id: 'fine', name: 'a/b' })).rejects.toThrow(NameRefused);
  await system.stop(ref);
  const again = await system.spawn(probe(), undefined, { id: 'x', name: 'one' });
  expect(again.path).toBe('/x');
  expect(system.whereIs('one')).toBe(again);
  expect(ref.alive).toBe(false);
});

test('10. whoever spawns hands over arguments, linked or not', async () => {
  const { system } = setup();
  const seen: unknown[] = [];
  const def = {
    ...probe(),
    init: (_ctx: unknown, args: string) => {
      seen.push(args);
      return { handled: 0 };
    },
  };
  const parent = await system.spawn(probe());
  await system.spawn(def, 'by the system');
  await parent.ask(get((ctx) => ctx.spawn(def, 'by an actor')));
  await parent.ask(get((ctx) => ctx.spawnLinked(def, 'linked')));
  expect(seen).toEqual(['by the system', 'by an actor', 'linked']);
});

test('10. while init runs, messages wait; started comes before all of them', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ready = gate();
  const spawned = system.spawn(
    probe(seen, {
      init: async (ctx) => {
        ctx.self.tell(note('to myself'));
        await ready.opened;
        return { handled: 0 };
      },
      started: () => void seen.push('started'),
    }),
    undefined,
    { name: 'slow' },
  );
  system.whereIs<Probe>('slow')?.tell(note('early'));
  expect(await outcomeOf(clock, spawned)).toBe('pending');
  expect(system.inspect('slow')).toMatchObject({
    state: 'starting',
    busyWith: 'init',
    mailbox: { depth: 2 },
  });
  ready.open();
  await spawned;
  await clock.settle();
  expect(seen).toEqual(['started', 'to myself', 'early']);
});

test('10. what init sends to its own actor is handled even when nothing else comes', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const init: ProbeDef['init'] = (ctx) => {
    ctx.self.tell(note('to myself'));
    return { handled: 0 };
  };
  await system.spawn(probe(seen, { init }));
  await clock.settle();
  expect(seen).toEqual(['to myself']);
});

test('10. an actor that ends before init is done rejects its spawn', async () => {
  const { clock, system } = setup();
  const spawned = system.spawn(probe([], { init: forever }), undefined, { name: 'hung' });
  const outcome = outcomeOf(clock, spawned);
  const stopped = system.stop(system.whereIs('hung')!, { timeoutMs: 10 });
  expect(await outcome).toBe('pending');
  const rejected = spawned.catch((error: unknown) => error);
  await clock.advance(10);
  expect(await stopped).toEqual({ type: 'killed' });
  expect(await rejected).toBeInstanceOf(ActorStopped);
  expect(String(await rejected)).toContain('ended (killed) before init was done');
});
