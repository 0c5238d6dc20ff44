// Conformance items 20 and 21: how actors learn of each other's ends.
// What supervisors do about them is in 13-strategies.test.ts.

import { expect, test } from 'vitest';
import {
  type ActorRef,
  type AnyRef,
  childOf,
  type Down,
  type Exit,
  type ExitReason,
  LinkedExit,
  supervisor,
} from '../index.ts';
import { act, block, crash, get, type Probe, type ProbeDef, probe, setup } from './harness.ts';

/** An actor that writes down what its signal hook is given. */
function listener(signals: (Down | Exit)[], extra: Partial<ProbeDef> = {}): ProbeDef {
  return probe([], { signal: (signal) => void signals.push(signal), ...extra });
}

async function watching(extra: Partial<ProbeDef> = {}) {
  const bench = setup();
  const signals: (Down | Exit)[] = [];
  const watcher = await bench.system.spawn(listener(signals, extra), undefined, { name: 'watcher' });
  const target = await bench.system.spawn(probe(), undefined, { name: 'target' });
  const monitor = (ref: AnyRef): Promise<unknown> => watcher.ask(get((ctx) => ctx.monitor(ref)));
  const link = (ref: AnyRef): Promise<unknown> => watcher.ask(get((ctx) => ctx.link(ref)));
  return { ...bench, signals, watcher, target, monitor, link };
}

test('20. a monitor gives exactly one Down, with the reason', async () => {
  for (const reason of [{ type: 'normal' }, { type: 'error', error: new Error('boom') }] as ExitReason[]) {
    const { clock, signals, target, monitor } = await watching();
    const id = await monitor(target);
    target.tell(act((ctx) => ctx.stop(reason)));
    await clock.settle();
    await clock.advance(10_000);
    expect(signals).toEqual([{ type: 'down', ref: target, monitor: id, reason }]);
  }
});

test('20. monitoring a dead actor gives a Down at once, with the reason of its end', async () => {
  const { clock, system, signals, target, monitor } = await watching();
  await system.stop(target);
  const id = await monitor(target);
  await clock.settle();
  expect(signals).toEqual([{ type: 'down', ref: target, monitor: id, reason: { type: 'shutdown' } }]);
});

test('20. each monitor of an actor has its own Down', async () => {
  const { clock, system, signals, target, monitor } = await watching();
  const ids = [await monitor(target), await monitor(target)];
  system.kill(target);
  await clock.settle();
  expect(signals.map((signal) => signal.type === 'down' && signal.monitor)).toEqual(ids);
});

test('20. demonitor ends the monitor and withdraws a Down that waits', async () => {
  const { clock, system, signals, watcher, target } = await watching();
  const other = await system.spawn(probe());
  const third = await system.spawn(probe());
  watcher.tell(
    act(async (ctx) => {
      const queued = ctx.monitor(target);
      const early = ctx.monitor(other);
      ctx.monitor(third);
      await system.stop(target);
      await system.stop(third);
      ctx.demonitor(queued);
      ctx.demonitor(early);
      ctx.demonitor(early);
      await system.stop(other);
    }),
  );
  await clock.settle();
  expect(signals.map((signal) => signal.type === 'down' && signal.ref)).toEqual([third]);
});

test('20. a restart is no end: the Down comes when the actor has ended for good', async () => {
  const { clock, system, signals, monitor } = await watching();
  const children = [{ id: 'c', name: 'c', start: () => childOf(probe(), undefined) }];
  const sup = await system.spawn(supervisor({ children }));
  const child = system.whereIs<Probe>('c')!;
  await monitor(child);
  child.tell(crash());
  await clock.settle();
  expect([child.incarnation, signals.length]).toEqual([2, 0]);
  await sup.ask({ type: 'StopChild', id: 'c' });
  await clock.settle();
  expect(signals).toMatchObject([{ type: 'down', reason: { type: 'shutdown' } }]);
});

test('20. a watcher that has ended is told nothing, and a Down outranks messages', async () => {
  const { clock, system, signals, watcher, target, monitor } = await watching();
  const order: string[] = [];
  const quick = await system.spawn(probe([], { signal: () => void order.push('down') }));
  await quick.ask(get((ctx) => ctx.monitor(target)));
  await monitor(target);
  await system.stop(watcher);
  const blocked = await block(clock, quick);
  quick.tell(act(() => void order.push('message')));
  await system.stop(target);
  blocked.open();
  await clock.settle();
  expect(order).toEqual(['down', 'message']);
  expect(signals).toEqual([]);
});

const abnormal: ExitReason[] = [{ type: 'killed' }, { type: 'error', error: new Error('boom') }];
const orderly: ExitReason[] = [{ type: 'normal' }, { type: 'shutdown' }];

async function endWith(bench: Awaited<ReturnType<typeof watching>>, reason: ExitReason): Promise<void> {
  if (reason.type === 'killed') bench.system.kill(bench.target);
  else bench.target.tell(act((ctx) => ctx.stop(reason)));
  await bench.clock.settle();
}

test('21. an abnormal end spreads over a link, either way round; an orderly one does not', async () => {
  for (const reason of [...abnormal, ...orderly]) {
    for (const linker of ['watcher', 'target'] as const) {
      const bench = await watching();
      const [from, to] = linker === 'watcher' ? [bench.watcher, bench.target] : [bench.target, bench.watcher];
      await from.ask(get((ctx) => ctx.link(to)));
      await endWith(bench, reason);
      expect([reason.type, bench.watcher.alive]).toEqual([reason.type, orderly.includes(reason)]);
      if (bench.watcher.alive) continue;
      const ended = (await bench.system.stop(bench.watcher)) as { error?: unknown };
      expect(ended.error).toBeInstanceOf(LinkedExit);
      expect((ended.error as Error).cause).toBe(reason.type === 'error' ? reason.error : undefined);
      expect(bench.failures).toContain('/watcher');
    }
  }
});

test('21. trapExit turns every end of a linked actor into a signal', async () => {
  for (const reason of [...abnormal, ...orderly]) {
    const bench = await watching({ trapExit: true });
    await bench.link(bench.target);
    await endWith(bench, reason);
    expect(bench.signals).toEqual([{ type: 'exit', from: bench.target, reason }]);
    expect(bench.watcher.alive).toBe(true);
  }
});

test('21. linking to a dead actor spreads its reason at once; linking to oneself does nothing', async () => {
  const bench = await watching({ trapExit: true });
  bench.system.kill(bench.target);
  await bench.link(bench.target);
  await bench.link(bench.watcher);
  await bench.clock.settle();
  expect(bench.signals).toEqual([{ type: 'exit', from: bench.target, reason: { type: 'killed' } }]);
});

test('21. unlink ends the link and withdraws an exit that waits', async () => {
  const { clock, system, signals, watcher, target } = await watching({ trapExit: true });
  const other = await system.spawn(probe());
  watcher.tell(
    act(async (ctx) => {
      ctx.link(target);
      ctx.link(other);
      system.kill(target);
      ctx.unlink(target);
      ctx.unlink(other);
    }),
  );
  await clock.settle();
  system.kill(other);
  await clock.settle();
  expect(signals).toEqual([]);
});

test('21. unlink works both ways and withdraws nothing else', async () => {
  const { clock, system, signals, watcher, target } = await watching({ trapExit: true });
  const other = await system.spawn(probe());
  watcher.tell(
    act((ctx) => {
      ctx.link(target);
      ctx.link(other);
      ctx.monitor(target);
      system.kill(other);
      system.kill(target);
      ctx.unlink(target);
    }),
  );
  await clock.settle();
  expect(signals).toMatchObject([{ type: 'exit' }, { type: 'down' }]);
  expect(signals.map((signal) => (signal.type === 'exit' ? signal.from : signal.ref))).toEqual([
    other,
    target,
  ]);
  const [left, right] = [await system.spawn(probe()), await system.spawn(probe())];
  left.tell(
    act((ctx) => {
      ctx.link(right);
      ctx.unlink(right);
    }),
  );
  await clock.settle();
  system.kill(left);
  await clock.settle();
  expect(right.alive).toBe(true);
});

test('20. signals that wait when a life ends do not reach the next one', async () => {
  const { clock, system } = setup();
  const signals: (Down | Exit)[] = [];
  const children = [{ id: 'c', name: 'c', start: () => childOf(listener(signals), undefined) }];
  await system.spawn(supervisor({ children }));
  const child = system.whereIs<Probe>('c')!;
  const target = await system.spawn(probe());
  child.tell(
    get((ctx) => {
      ctx.monitor(target);
      system.kill(target);
      throw new Error('boom');
    }),
  );
  await clock.settle();
  expect([child.incarnation, signals]).toEqual([2, []]);
});

test('21. a link to oneself does not reach the next life', async () => {
  const { clock, system } = setup();
  const children = [{ id: 'c', name: 'c', start: () => childOf(probe(), undefined) }];
  await system.spawn(supervisor({ children }));
  const child = system.whereIs<Probe>('c')!;
  child.tell(act((ctx) => ctx.link(child)));
  child.tell(crash());
  await clock.settle();
  expect([child.alive, child.incarnation]).toEqual([true, 2]);
});

test('21. an actor that ends takes its links along: a later end of the other side reaches nobody', async () => {
  const { clock, system, watcher, target, link, failures } = await watching();
  await link(target);
  await system.stop(watcher);
  system.kill(target);
  await clock.settle();
  expect(failures).toEqual([]);
  expect(await system.stop(watcher)).toEqual({ type: 'shutdown' });
});

test('21. spawnLinked ends the parent with the child, and the parent takes its other children along', async () => {
  const { clock, system, failures } = setup();
  const parent = await system.spawn(probe(), undefined, { name: 'parent' });
  const spawn = (linked: boolean, name: string): Promise<unknown> =>
    parent.ask(
      get((ctx) =>
        linked ? ctx.spawnLinked(probe(), undefined, { name }) : ctx.spawn(probe(), undefined, { name }),
      ),
    );
  const free = (await spawn(false, 'free')) as ActorRef<Probe>;
  const tied = (await spawn(true, 'tied')) as ActorRef<Probe>;
  const other = (await spawn(false, 'other')) as ActorRef<Probe>;
  free.tell(crash());
  await clock.settle();
  expect(parent.alive).toBe(true);
  tied.tell(crash());
  await clock.settle();
  expect(tied.path).toBe('/parent/tied');
  expect([parent.alive, tied.alive, other.alive]).toEqual([false, false, false]);
  expect(failures).toEqual(['/parent']);
});

test('21. links are of lives: a restart breaks them and spreads the failure', async () => {
  const { clock, system, signals, link } = await watching({ trapExit: true });
  const children = [{ id: 'c', name: 'c', start: () => childOf(probe(), undefined) }];
  await system.spawn(supervisor({ children }));
  const child = system.whereIs<Probe>('c')!;
  await link(child);
  child.tell(crash());
  await clock.settle();
  expect(signals.length).toBe(1);
  child.tell(crash());
  await clock.settle();
  expect([child.incarnation, signals.length]).toEqual([3, 1]);
});

/** A supervised actor that has monitored and linked the target in its first life, and is in its second. */
async function reborn() {
  const bench = await watching({ trapExit: true });
  const told: unknown[] = [];
  const def = probe([], { signal: (signal) => void told.push(signal.type) });
  const children = [{ id: 'c', name: 'c', start: () => childOf(def, undefined) }];
  await bench.system.spawn(supervisor({ children }));
  const child = bench.system.whereIs<Probe>('c')!;
  await child.ask(get((ctx) => ctx.monitor(bench.target)));
  await child.ask(get((ctx) => ctx.link(bench.watcher)));
  child.tell(crash());
  await bench.clock.settle();
  expect(child.incarnation).toBe(2);
  return { ...bench, child, told };
}

test('20. a monitor is of one life: the next one hears nothing', async () => {
  const { clock, system, target, told } = await reborn();
  await system.stop(target);
  await clock.settle();
  expect(told).toEqual([]);
});

test('21. the next life does not share the links of the last, whichever side ends', async () => {
  const { clock, system, watcher, child } = await reborn();
  system.kill(watcher);
  await clock.settle();
  expect([child.alive, child.incarnation]).toEqual([true, 2]);
});

test('21. the name is free before the Down and the Exit', async () => {
  for (const use of ['monitor', 'link'] as const) {
    const bench = setup();
    const found: unknown[] = [];
    const { system, clock } = bench;
    const target = await system.spawn(probe(), undefined, { name: 'target' });
    const watcher = await system.spawn(
      probe([], { trapExit: true, signal: () => void found.push(system.whereIs('target')) }),
    );
    await watcher.ask(get((ctx) => void ctx[use](target)));
    system.kill(target);
    await clock.settle();
    expect(found).toEqual([undefined]);
  }
});
