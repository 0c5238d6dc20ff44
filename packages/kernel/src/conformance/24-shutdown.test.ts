// Conformance item 24: the end of a whole system, and what its status says along the way.
// Stopping one actor is in 04-stop.test.ts.

import { expect, test } from 'vitest';
import {
  TestClock,
  SeededExecutor,
  type ActorRef,
  ActorStopped,
  childOf,
  type ExitReason,
  supervisor,
} from '../index.ts';
import {
  act,
  block,
  crash,
  forever,
  gate,
  get,
  note,
  type Probe,
  type ProbeDef,
  probe,
  setup,
} from './harness.ts';

/** Definitions that log each terminate. */
function logging(events: string[]) {
  return (name: string, extra: Partial<ProbeDef> = {}): ProbeDef =>
    probe([], { terminate: (reason: ExitReason) => void events.push(`${name} ${reason.type}`), ...extra });
}

test('24. everything stops in reverse order, each terminate runs once, children before their parent', async () => {
  const { clock, system } = setup();
  const events: string[] = [];
  const named = logging(events);
  await system.spawn(named('first'));
  const parent = await system.spawn(named('parent'));
  parent.tell(
    act(async (ctx) => {
      await ctx.spawn(named('child 1'));
      await ctx.spawn(named('child 2'));
    }),
  );
  const children = ['x', 'y'].map((id) => ({ id, start: () => childOf(named(id), undefined) }));
  await system.spawn(supervisor({ children }));
  await system.spawn(named('last'));
  await clock.settle();
  const report = system.shutdown();
  expect(system.shutdown(1)).toBe(report);
  expect(await report).toEqual({ killed: [], ms: 0 });
  expect(events).toEqual([
    'last shutdown',
    'y shutdown',
    'x shutdown',
    'child 2 shutdown',
    'child 1 shutdown',
    'parent shutdown',
    'first shutdown',
  ]);
  expect(system.status()).toMatchObject({ count: 0, actors: [] });
  await expect(system.spawn(probe())).rejects.toThrow(ActorStopped);
  expect(clock.pending).toBe(0);
});

test('24. hung actors cost their siblings nothing and the budget holds', async () => {
  const { clock, system } = setup();
  const events: string[] = [];
  const named = logging(events);
  await system.spawn(named('a'), undefined, { name: 'a' });
  const stuck = await system.spawn(named('b'), undefined, { name: 'b' });
  await system.spawn(named('c', { terminate: forever }), undefined, { name: 'c' });
  const d = await system.spawn(named('d'), undefined, { name: 'd' });
  await block(clock, stuck);
  await block(clock, d);
  const report = system.shutdown(4000);
  await clock.advance(999);
  expect(d.alive).toBe(true);
  await clock.advance(1);
  expect(d.alive).toBe(false);
  await clock.advance(3000);
  expect(await report).toEqual({ killed: ['/d', '/c', '/b'], ms: 3000 });
  expect(events).toEqual(['a shutdown']);
});

test('24. a hung grandchild leaves time for its parent, its uncles and their terminate', async () => {
  const { clock, system } = setup();
  const events: string[] = [];
  const named = logging(events);
  await system.spawn(named('uncle'));
  const parent = await system.spawn(named('parent'), undefined, { name: 'parent' });
  const inner = (await parent.ask(
    get((ctx) => ctx.spawn(named('inner'), undefined, { name: 'inner' })),
  )) as ActorRef<Probe>;
  await parent.ask(get((ctx) => ctx.spawn(named('sister'))));
  await block(clock, inner);
  const report = system.shutdown(6000);
  await clock.advance(6000);
  // The parent has half of 6 s; of what is left after its sister at 0 ms, inner has a half.
  expect(await report).toEqual({ killed: ['/parent/inner'], ms: 1500 });
  expect(events).toEqual(['sister shutdown', 'parent shutdown', 'uncle shutdown']);
});

test('24. a parent that hangs in its own handler costs its children nothing', async () => {
  const { clock, system } = setup();
  const events: string[] = [];
  const named = logging(events);
  const parent = await system.spawn(named('parent'), undefined, { name: 'parent' });
  let signal: AbortSignal | undefined;
  await parent.ask(
    get((ctx) => {
      signal = ctx.signal;
      return ctx.spawn(named('child', { terminate: () => forever() }), undefined, { id: 'hung' });
    }),
  );
  await parent.ask(get((ctx) => ctx.spawn(named('child'))));
  await block(clock, parent);
  const stopped = system.stop(parent, { timeoutMs: 1000 });
  await clock.advance(333);
  expect([events, signal?.aborted]).toEqual([[], false]);
  await clock.advance(1);
  expect([events, signal?.aborted]).toEqual([['child shutdown'], true]);
  await clock.advance(666);
  expect(await stopped).toEqual({ type: 'killed' });
});

test('24. a supervisor whose child hangs while starting lets the others stop in order', async () => {
  const { clock, system } = setup();
  const events: string[] = [];
  const named = logging(events);
  const children = [
    { id: 'good', start: () => childOf(named('good'), undefined) },
    { id: 'hung', start: () => childOf(named('hung', { init: forever }), undefined) },
  ];
  const spawned = system.spawn(supervisor({ children }), undefined, { name: 'sup' });
  const failed = spawned.catch((error: unknown) => error);
  await clock.settle();
  const report = system.shutdown(3000);
  await clock.advance(3000);
  expect((await report).killed).toEqual(['/sup/hung', '/sup']);
  expect(events).toEqual(['good shutdown']);
  expect(await failed).toBeInstanceOf(ActorStopped);
});

test('24. a child may have less time than its share, a supervisor as much as its children need', async () => {
  const { clock, system } = setup();
  const slow = probe([], { terminate: forever });
  const children = [{ id: 'slow', shutdownMs: 300, start: () => childOf(slow, undefined) }];
  const sup = await system.spawn(supervisor({ children }), undefined, { name: 'sup' });
  const stopped = system.stop(sup);
  await clock.advance(299);
  expect(sup.alive).toBe(true);
  await clock.advance(1);
  expect(await stopped).toEqual({ type: 'shutdown' });
  const patient = supervisor({
    children: [{ id: 'slow', shutdownMs: 60_000, start: () => childOf(slow, undefined) }],
  });
  const other = await system.spawn(patient);
  const late = system.stop(other);
  await clock.advance(59_999);
  expect(other.alive).toBe(true);
  await clock.advance(1);
  expect(await late).toEqual({ type: 'shutdown' });
});

test('24. a stop that runs out of time while children end kills what is left', async () => {
  const { clock, system } = setup();
  const parent = await system.spawn(probe([], { terminate: forever }), undefined, { name: 'parent' });
  await parent.ask(get((ctx) => ctx.spawn(probe([], { terminate: forever }), undefined, { name: 'child' })));
  const child = system.whereIs('child');
  const stopped = system.stop(parent, { timeoutMs: 100 });
  await clock.advance(49);
  expect(child?.alive).toBe(true);
  await clock.advance(1);
  expect([child?.alive, parent.alive]).toEqual([false, true]);
  await clock.advance(50);
  expect(await stopped).toEqual({ type: 'killed' });
});

test('24. a second stop with less time shares what is left anew', async () => {
  const { clock, system } = setup();
  const events: string[] = [];
  const named = logging(events);
  const parent = await system.spawn(named('parent'));
  await parent.ask(get((ctx) => ctx.spawn(named('first'))));
  await parent.ask(get((ctx) => ctx.spawn(named('second', { terminate: forever }))));
  const stopped = system.stop(parent, { timeoutMs: 300 });
  await clock.advance(5);
  void system.stop(parent, { timeoutMs: 5 });
  await clock.advance(5);
  expect(await stopped).toEqual({ type: 'shutdown' });
  expect(events).toEqual(['first shutdown', 'parent shutdown']);
  expect(system.status().count).toBe(0);
});

test('24. a supervisor is not killed for a last child that used up all the time', async () => {
  const { clock, system } = setup();
  const children = [{ id: 'hung', start: () => childOf(probe([], { terminate: forever }), undefined) }];
  const sup = await system.spawn(supervisor({ children }), undefined, { name: 'sup' });
  const report = system.shutdown(1000);
  await clock.advance(999);
  expect(sup.alive).toBe(true);
  await clock.advance(1);
  await clock.settle();
  expect(await report).toEqual({ killed: ['/sup/hung'], ms: 1000 });
});

test('24. the time of a handler that finished early is left to the children', async () => {
  const { clock, system } = setup();
  const later = (ms: number) => new Promise<void>((done) => clock.after(ms, done));
  const parent = await system.spawn(probe([], { terminate: () => later(50) }));
  await parent.ask(get((ctx) => ctx.spawn(probe([], { terminate: () => later(400) }))));
  const running = await block(clock, parent);
  const stopped = system.stop(parent, { timeoutMs: 1000 });
  await clock.advance(150);
  running.open();
  await clock.advance(450);
  expect(await stopped).toEqual({ type: 'shutdown' });
  await system.shutdown();
  expect(clock.pending).toBe(0);
});

test('24. a shutdown takes 5 s at most when nobody says', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe([], { terminate: forever, shutdownMs: 60_000 }));
  const report = system.shutdown();
  await clock.advance(4999);
  expect(ref.alive).toBe(true);
  await clock.advance(1);
  expect((await report).ms).toBe(5000);
});

test('24. sampled time counts as busy', async () => {
  const { clock, system } = setup({
    executor: {
      ready: (task) =>
        queueMicrotask(() => {
          task.run(1);
          task.spent(5);
        }),
      busy: () => false,
    },
  });
  const ref = await system.spawn(probe());
  ref.tell(note(1));
  await clock.settle();
  expect(system.inspect(ref)?.busyMs).toBe(5);
});

test('24. the time of an awaited handler counts from its beginning', async () => {
  // This executor samples nothing, so the exact part stands alone.
  const { clock, system } = setup({ executor: new SeededExecutor(24) });
  const ref = await system.spawn(probe());
  await clock.advance(1000);
  const blocked = await block(clock, ref);
  await clock.advance(50);
  blocked.open();
  await clock.settle();
  expect(system.inspect(ref)?.busyMs).toBe(50);
});

test('24. an actor is busy with a hook only as long as it takes', async () => {
  const { clock, system } = setup();
  const ready = gate();
  const init = () => ready.opened.then(() => ({ handled: 0 }));
  const spawned = system.spawn(probe([], { init }), undefined, { name: 'slow' });
  expect(system.inspect('slow')).toMatchObject({ state: 'starting', busyWith: 'init' });
  ready.open();
  await spawned;
  await clock.settle();
  expect(system.inspect('slow')).toMatchObject({ state: 'running', busyWith: undefined });
});

test('24. an actor that is ending starts no children', async () => {
  const { clock, system } = setup();
  const refused: unknown[] = [];
  const parent = await system.spawn(
    probe([], {
      terminate: async (_reason, _s, ctx) => {
        await ctx.spawn(probe()).catch((error: unknown) => refused.push(error));
      },
    }),
  );
  await system.stop(parent);
  await clock.settle();
  expect(refused[0]).toBeInstanceOf(ActorStopped);
  expect((refused[0] as Error).message).toBe('/probe#1: is stopping and starts no children');
  expect(system.status().count).toBe(0);
  await system.shutdown();
  await expect(system.spawn(probe())).rejects.toThrow('/: is stopping and starts no children');
});

test('24. a child that crashes while the supervisor stops is not started again', async () => {
  const { clock, system } = setup();
  const children = ['a', 'b'].map((id) => ({ id, name: id, start: () => childOf(probe(), undefined) }));
  const sup = await system.spawn(supervisor({ children }));
  const a = system.whereIs<Probe>('a')!;
  const blocked = await block(clock, system.whereIs<Probe>('b')!);
  const stopped = system.stop(sup);
  await clock.settle();
  a.tell(crash());
  await clock.settle();
  expect([a.alive, a.incarnation]).toEqual([false, 1]);
  blocked.open();
  expect(await stopped).toEqual({ type: 'shutdown' });
});

test('24. a shutdown reports only what was killed during it', async () => {
  const { system } = setup();
  const early = await system.spawn(probe());
  system.kill(early);
  expect((await system.shutdown()).killed).toEqual([]);
});

test('24. status and inspect are correct', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen), undefined, { name: 'busy', mailbox: { capacity: 4 } });
  const parent = await system.spawn(probe(), undefined, { id: 'parent' });
  expect(system.inspect(parent)?.busyMs).toBe(0);
  await parent.ask(get((ctx) => ctx.spawn({ ...probe(), kind: 'leaf' })));
  ref.tell(note(1));
  await clock.settle();
  const slow = gate();
  ref.tell(act(() => slow.opened));
  await clock.advance(70);
  ref.tell(note(2));
  expect(system.inspect('busy')).toEqual({
    path: '/busy',
    kind: 'probe',
    name: 'busy',
    state: 'running',
    incarnation: 1,
    restarts: 0,
    mailbox: { depth: 1, capacity: 4, highWater: 1, waiting: 0, rejected: 0 },
    processed: 1,
    failures: 0,
    lateReplies: 0,
    expired: 0,
    skippedTicks: 0,
    busyMs: expect.any(Number) as number,
    busyWith: 'Do',
    lag: [],
    lastError: undefined,
    children: [],
  });
  slow.open();
  await clock.settle();
  const after = system.inspect(ref);
  expect(after).toMatchObject({ processed: 3, busyWith: undefined });
  // 70 ms of virtual waiting and at most a few of real work.
  expect(Math.floor(after?.busyMs ?? 0)).toBeGreaterThanOrEqual(70);
  const status = system.status();
  expect(status).toMatchObject({ count: 3, deadLetters: 0, upMs: 70 });
  expect(status.actors.map(({ path }) => path)).toEqual(['/busy', '/parent']);
  expect(status.actors[1]?.children).toMatchObject([{ path: '/parent/leaf#1', kind: 'leaf' }]);
  expect(system.inspect('/parent/leaf#1')?.kind).toBe('leaf');
  expect(system.inspect('nobody')).toBeUndefined();
  expect(system.inspect('/nobody')).toBeUndefined();
  expect(JSON.stringify({ ref })).toBe('{"ref":"/busy"}');
  expect(String(ref)).toBe('/busy');
});

test('24. a system counts its time from its own beginning', async () => {
  const clock = new TestClock();
  await clock.advance(100);
  const { system } = setup({ clock });
  await clock.advance(50);
  expect(system.status().upMs).toBe(50);
});

test('24. the states of a life can be seen', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe([], { terminate: forever }));
  void system.stop(ref, { timeoutMs: 10 });
  await clock.settle();
  expect(system.inspect(ref)).toMatchObject({ state: 'stopping', busyWith: 'terminate' });
  await clock.advance(10);
  expect(system.inspect(ref)?.state).toBe('stopped');
});
