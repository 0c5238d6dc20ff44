// Conformance items 17 to 19: how many restarts are too many, what then, and the waits between them.
// Which children start again is in 13-strategies.test.ts.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Executor,
  type SupervisorOptions,
  childOf,
  type Intensity,
  RestartsSpent,
  startChild,
  supervisor,
} from '../index.ts';
import {
  block,
  crash,
  forever,
  gate,
  get,
  note,
  outcomeOf,
  type Probe,
  type ProbeDef,
  probe,
  setup,
} from './harness.ts';

async function tier(
  ids: readonly string[],
  options: Partial<SupervisorOptions> = {},
  def: ProbeDef = probe(),
) {
  const bench = setup();
  const children = ids.map((id) => ({ id, name: id, start: () => childOf(def, undefined) }));
  const sup = await bench.system.spawn(supervisor({ ...options, children }), undefined, { name: 'sup' });
  return { ...bench, sup, child: (id: string) => bench.system.whereIs<Probe>(id) };
}

/** The index of the failure at which a supervisor gives up, from the definition of a sliding window. */
function givesUpAt(failures: readonly { atMs: number; id: string }[], limit: Required<Intensity>): number {
  return failures.findIndex(({ atMs, id }, i) => {
    const counted = failures
      .slice(0, i + 1)
      .filter(
        (other) => atMs - other.atMs < limit.withinMs && (limit.per === 'supervisor' || other.id === id),
      );
    return counted.length > limit.max;
  });
}

test('17. a supervisor gives up exactly as the sliding window says', async () => {
  const limit = fc.record({
    max: fc.integer({ min: 0, max: 4 }),
    withinMs: fc.integer({ min: 1, max: 100 }),
    per: fc.constantFrom('supervisor' as const, 'child' as const),
  });
  const plan = fc.array(
    fc.record({ gapMs: fc.integer({ min: 0, max: 60 }), id: fc.constantFrom('a', 'b') }),
    {
      maxLength: 14,
    },
  );
  await fc.assert(
    fc.asyncProperty(limit, plan, async (intensity, steps) => {
      const { clock, child, sup, failures } = await tier(['a', 'b'], { intensity });
      const happened: { atMs: number; id: string }[] = [];
      for (const { gapMs, id } of steps) {
        await clock.advance(gapMs);
        happened.push({ atMs: clock.mono(), id });
        child(id)?.tell(crash());
        await clock.settle();
        expect(sup.alive).toBe(givesUpAt(happened, intensity) === -1);
        if (!sup.alive) break;
      }
      expect(failures).toEqual(sup.alive ? [] : ['/sup']);
    }),
    { numRuns: 120, seed: 17 },
  );
});

test('17. by default 3 restarts within 5 s are allowed, for all children together', async () => {
  const { clock, child, sup } = await tier(['a', 'b']);
  for (const id of ['a', 'b', 'a']) {
    child(id)?.tell(crash());
    await clock.advance(1000);
  }
  expect(sup.alive).toBe(true);
  await clock.advance(2000);
  child('b')?.tell(crash());
  await clock.advance(999);
  expect(sup.alive).toBe(true);
  child('b')?.tell(crash());
  await clock.settle();
  expect(sup.alive).toBe(false);
});

test('17. a supervisor that gives up stops its children and escalates to its own supervisor', async () => {
  const { clock, system, logs, failures } = setup();
  const events: string[] = [];
  const leaf = (id: string) => ({
    id,
    name: id,
    start: () =>
      childOf(probe([], { terminate: (reason) => void events.push(`${reason.type} ${id}`) }), undefined),
  });
  const inner = supervisor({ intensity: { max: 0 }, children: [leaf('x'), leaf('y')] });
  const outer = supervisor({
    children: [{ id: 'inner', name: 'inner', start: () => childOf(inner, undefined) }],
  });
  await system.spawn(outer, undefined, { name: 'outer' });
  const before = system.whereIs<Probe>('x');
  before?.tell(crash());
  await clock.settle();
  expect(events).toEqual(['error x', 'shutdown y']);
  expect(before?.alive).toBe(false);
  expect(system.whereIs('inner')?.incarnation).toBe(2);
  expect(await system.whereIs<Probe>('x')?.ask(get(() => 'new'))).toBe('new');
  expect(logs.map(({ text, path }) => `${text} ${path}`)).toEqual([
    'actor crashed /outer/inner/x',
    'actor crashed /outer/inner',
  ]);
  const spent = logs[1]?.error as Error;
  expect(spent).toBeInstanceOf(RestartsSpent);
  expect(spent.message).toContain('child x needs one restart more than intensity.max 0 within withinMs 5000');
  expect((spent.cause as Error).message).toBe('boom');
  expect(failures).toEqual([]);
});

test('17. limits that are none are refused', async () => {
  const { system } = setup();
  const spawn = (intensity: Intensity) => system.spawn(supervisor({ intensity, children: [] }));
  await expect(spawn({ max: -1 })).rejects.toThrow('intensity.max: -1, must be at least 0');
  await expect(spawn({ withinMs: 0 })).rejects.toThrow('intensity.withinMs: 0, must be above 0');
});

test('17. a child that was stopped and added again starts with a fresh budget', async () => {
  const { clock, child, sup } = await tier(['a'], { intensity: { max: 1, per: 'child' } });
  child('a')?.tell(crash());
  await clock.settle();
  await sup.ask({ type: 'StopChild', id: 'a' });
  await startChild(sup, { id: 'a', name: 'a', start: () => childOf(probe(), undefined) });
  child('a')?.tell(crash());
  await clock.settle();
  expect(sup.alive).toBe(true);
});

test('17. an unlimited budget never gives up', async () => {
  const { clock, child, sup } = await tier(['a'], { intensity: { max: Number.POSITIVE_INFINITY } });
  for (let i = 0; i < 50; i++) {
    child('a')?.tell(crash());
    await clock.settle();
  }
  expect([sup.alive, child('a')?.incarnation]).toEqual([true, 51]);
});

/** A definition whose init fails as long as `broken` says so. */
function flaky() {
  const state = { broken: false, inits: 0 };
  const def = probe([], {
    init: () => {
      state.inits += 1;
      if (state.broken) throw new Error('still broken');
      return { handled: 0 };
    },
  });
  return { state, def };
}

test('18. restarts that fail count and are tried again until the intensity is spent', async () => {
  const { state, def } = flaky();
  const { clock, child, sup, logs } = await tier(['a'], { intensity: { max: 5, withinMs: 1000 } }, def);
  state.broken = true;
  child('a')?.tell(crash());
  await clock.settle();
  expect(state.inits).toBe(1 + 5);
  expect(sup.alive).toBe(false);
  expect(logs.filter(({ text }) => text === 'restart failed').length).toBe(5);
  const spent = logs.at(-1)?.error as Error;
  expect(String(spent.cause)).toContain('init failed: still broken');
});

test('18. a restart that works in the end keeps reference and queue', async () => {
  const { state, def } = flaky();
  const backoff = { minMs: 10, maxMs: 10 };
  const { clock, child, sup } = await tier(['a'], { intensity: { max: 5, withinMs: 1000 }, backoff }, def);
  const ref = child('a');
  state.broken = true;
  ref?.tell(crash());
  await clock.advance(25);
  expect(ref?.incarnation).toBe(3);
  const asked = ref?.ask(get(() => 'back'));
  state.broken = false;
  await clock.advance(5);
  expect(await asked).toBe('back');
  expect(ref?.incarnation).toBe(4);
  expect(sup.alive).toBe(true);
});

test('18. a child that RestartChild cannot start is tried again like any other', async () => {
  const { state, def } = flaky();
  const backoff = { minMs: 10, maxMs: 10 };
  const { clock, child, sup } = await tier(['a'], { intensity: { max: 5 }, backoff }, def);
  const ref = child('a');
  state.broken = true;
  const failed = await outcomeOf(clock, sup.ask({ type: 'RestartChild', id: 'a' }));
  expect(String(failed)).toContain('init failed: still broken');
  state.broken = false;
  const asked = ref?.ask(get(() => 'back'));
  await clock.advance(10);
  expect(await asked).toBe('back');
  expect(child('a')).toBe(ref);
});

test('18. in a group the child that fails to start is the one that is counted', async () => {
  const { clock, system } = setup();
  const { state, def } = flaky();
  const children = [
    { id: 'a', name: 'a', start: () => childOf(probe(), undefined) },
    { id: 'b', name: 'b', start: () => childOf(def, undefined) },
  ];
  const intensity = { max: 2, per: 'child' as const };
  const sup = await system.spawn(supervisor({ strategy: 'one_for_all', intensity, children }));
  state.broken = true;
  const a = system.whereIs<Probe>('a');
  a?.tell(crash());
  await clock.settle();
  // One restart for a, then two for b; before each, what had started is stopped again.
  expect(state.inits).toBe(1 + 3);
  expect(a?.incarnation).toBe(4);
  expect(sup.alive).toBe(false);
});

test('19. the back-off grows by its factor, is capped, and messages wait meanwhile', async () => {
  const seen: unknown[] = [];
  const backoff = { minMs: 100, maxMs: 500, factor: 2 };
  const { clock, child, system } = await tier(['a'], { intensity: { max: 99 }, backoff }, probe(seen));
  for (const waitMs of [100, 200, 400, 500, 500]) {
    child('a')?.tell(crash());
    child('a')?.tell(note(waitMs));
    await clock.advance(waitMs - 1);
    expect(system.inspect('a')).toMatchObject({ state: 'restarting', mailbox: { depth: 1 } });
    await clock.advance(1);
    expect(system.inspect('a')?.state).toBe('running');
    expect(seen.pop()).toBe(waitMs);
  }
});

test('19. a life that lasts resets the back-off; by default it starts at 100 ms and doubles', async () => {
  const { clock, child, system } = await tier(['a'], { intensity: { max: 99 }, backoff: {} });
  const waitsMs: number[] = [];
  for (const upMs of [0, 59_999, 60_000, 0]) {
    await clock.advance(upMs);
    child('a')?.tell(crash());
    await clock.settle();
    const sinceMs = clock.mono();
    while (system.inspect('a')?.state === 'restarting') await clock.advance(50);
    waitsMs.push(clock.mono() - sinceMs);
  }
  expect(waitsMs).toEqual([100, 200, 100, 200]);
});

test('19. StopChild and RestartChild cut a back-off short', async () => {
  const backoff = { minMs: 10_000 };
  const { clock, child, sup } = await tier(['a', 'b'], { intensity: { max: 99 }, backoff });
  const [a, b] = [child('a'), child('b')];
  a?.tell(crash());
  b?.tell(crash());
  await clock.settle();
  expect(clock.pending).toBe(2);
  const noLimit = { timeoutMs: Number.POSITIVE_INFINITY };
  expect(await outcomeOf(clock, sup.ask({ type: 'StopChild', id: 'a' }, noLimit))).toEqual({ value: true });
  expect(clock.pending).toBe(1);
  expect(await outcomeOf(clock, sup.ask({ type: 'RestartChild', id: 'b' }))).toEqual({ value: b });
  expect([a?.alive, b?.incarnation]).toEqual([false, 2]);
  await clock.advance(20_000);
  expect([a?.alive, b?.incarnation]).toEqual([false, 2]);
});

test('19. a supervisor that ends during a back-off leaves no timer and no child', async () => {
  const { clock, child, sup, system } = await tier(['a'], { backoff: { minMs: 10_000 } });
  const ref = child('a');
  ref?.tell(crash());
  await clock.settle();
  expect(clock.pending).toBe(1);
  await system.stop(sup);
  expect(clock.pending).toBe(0);
  expect(ref?.alive).toBe(false);
  expect(system.status().count).toBe(0);
});

test('19. between two lives an actor is busy with nothing, and a kill changes nothing', async () => {
  const { clock, child, system, logs } = await tier(['a'], { backoff: { minMs: 1000 } });
  const ref = child('a')!;
  ref.tell(crash());
  await clock.settle();
  expect(system.inspect(ref)).toMatchObject({ state: 'restarting', busyWith: undefined });
  system.kill(ref);
  await clock.advance(999);
  expect(system.inspect(ref)).toMatchObject({ state: 'restarting', incarnation: 1 });
  await clock.advance(1);
  expect(system.inspect(ref)).toMatchObject({ state: 'running', incarnation: 2 });
  expect(logs.map(({ text }) => text)).toEqual(['actor crashed']);
});

test('19. the kill of a supervisor ends its children for good: running, stopping and between two lives', async () => {
  const { clock, child, sup, system, logs } = await tier(['a', 'b', 'c'], { backoff: { minMs: 1000 } });
  const refs = [child('a')!, child('b')!, child('c')!] as const;
  refs[0].tell(crash());
  await block(clock, refs[1]);
  const stopped = system.stop(refs[1]);
  await clock.settle();
  system.kill(sup);
  expect(refs.map(({ alive }) => alive)).toEqual([false, false, false]);
  expect(await stopped).toEqual({ type: 'killed' });
  expect(system.status().count).toBe(0);
  expect(clock.pending).toBe(0);
  expect(logs.filter(({ text }) => text === 'actor killed').map(({ path }) => path)).toEqual([
    '/sup',
    '/sup/c',
    '/sup/b',
  ]);
});

test('19. a supervisor killed while it stops a group leaves no timer', async () => {
  const { clock, child, sup, system } = await tier(
    ['a', 'b'],
    { strategy: 'one_for_all', backoff: { minMs: 1000 } },
    probe([], { terminate: forever }),
  );
  system.kill(child('a')!);
  await clock.settle();
  expect(system.inspect('b')?.state).toBe('stopping');
  system.kill(sup);
  await clock.settle();
  expect(clock.pending).toBe(0);
  expect(system.status().count).toBe(0);
});

test('17. a supervisor that gives up starts nobody once more, however late its own turn comes', async () => {
  let waiting = 0;
  const executor: Executor = {
    ready(task) {
      waiting += 1;
      setImmediate(() => {
        waiting -= 1;
        task.run(1);
      });
    },
    busy: () => waiting > 0,
  };
  const { clock, system } = setup({ executor });
  const { state, def } = flaky();
  const children = [{ id: 'a', name: 'a', start: () => childOf(def, undefined) }];
  const sup = await system.spawn(supervisor({ children, intensity: { max: 0 } }));
  system.whereIs<Probe>('a')?.tell(crash());
  await clock.settle();
  expect([sup.alive, state.inits]).toEqual([false, 1]);
});

test('19. RestartChild during a back-off answers when the child runs', async () => {
  const ready = gate();
  let lives = 0;
  const init = async () => {
    lives += 1;
    if (lives > 1) await ready.opened;
    return { handled: 0 };
  };
  const { clock, child, sup } = await tier(['a'], { backoff: { minMs: 1000 } }, probe([], { init }));
  const ref = child('a');
  ref?.tell(crash());
  await clock.settle();
  const restarted = sup.ask({ type: 'RestartChild', id: 'a' });
  expect(await outcomeOf(clock, restarted)).toBe('pending');
  ready.open();
  expect(await restarted).toBe(ref);
  expect([ref?.incarnation, lives]).toEqual([2, 2]);
});
