// Conformance item 6: what becomes of those who are not ready in time, or are killed.
// Orderly stops are in 04-stop.test.ts, shutdown of whole trees in 24-shutdown.test.ts.

import { expect, test } from 'vitest';
import { ActorStopped, type AnyRef, ContextEnded, type Ctx } from '../index.ts';
import { act, block, forever, gate, get, note, type Probe, type ProbeDef, probe, setup } from './harness.ts';

test('6. a stop past its deadline kills: the signal aborts, terminate is skipped, the late result is fenced', async () => {
  const { clock, system, logs } = setup();
  const seen: unknown[] = [];
  const late = gate();
  let context: Ctx<Probe> | undefined;
  const ref = await system.spawn(
    probe(seen, {
      terminate: () => {
        seen.push('terminate');
      },
    }),
  );
  const asked = ref
    .ask(
      get(async (ctx) => {
        context = ctx;
        expect(ctx.signal).toBe(ctx.signal);
        ctx.signal.addEventListener('abort', () => seen.push('aborted'));
        await late.opened;
        return 'too late';
      }),
    )
    .catch((error: unknown) => error);
  await clock.settle();
  const stopped = system.stop(ref, { timeoutMs: 100 });
  await clock.advance(99);
  expect(seen).toEqual([]);
  expect(ref.alive).toBe(true);
  await clock.advance(1);
  expect(await stopped).toEqual({ type: 'killed' });
  expect(seen).toEqual(['aborted']);
  expect(ref.alive).toBe(false);
  expect(await asked).toBeInstanceOf(ActorStopped);
  expect(context?.signal.aborted).toBe(true);
  expect(() => context?.stop()).toThrow(ContextEnded);
  late.open();
  await clock.settle();
  expect(system.inspect(ref)).toMatchObject({ lateReplies: 1, processed: 0, state: 'stopped' });
  expect(logs.map(({ text }) => text)).toEqual(['actor killed']);
  await system.shutdown();
  expect(clock.pending).toBe(0);
});

test('6. the asker of a killed handler is told at once', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  const asked = ref.ask(get(forever));
  const error = asked.catch((reason: unknown) => reason);
  await clock.settle();
  expect(system.inspect(ref)?.busyWith).toBe('Get');
  system.kill(ref);
  expect(system.inspect(ref)).toMatchObject({ state: 'stopped', busyWith: undefined });
  expect(await error).toBeInstanceOf(ActorStopped);
  expect(String(await error)).toContain('was killed');
});

test('6. a late failure is fenced as well, and the deadline comes from the definition when nobody says', async () => {
  const { clock, system, logs } = setup();
  const ref = await system.spawn(probe([], { shutdownMs: 70 }));
  const late = await block(clock, ref);
  const stopped = system.stop(ref);
  await clock.advance(69);
  expect(ref.alive).toBe(true);
  await clock.advance(1);
  expect(await stopped).toEqual({ type: 'killed' });
  late.fail(new Error('late'));
  await clock.settle();
  expect(system.inspect(ref)?.failures).toBe(0);
  expect(logs.some(({ text }) => text === 'actor crashed')).toBe(false);
  const slow = await system.spawn(probe([], { terminate: forever }));
  const killed = system.stop(slow);
  await clock.advance(4999);
  expect(slow.alive).toBe(true);
  await clock.advance(1);
  expect(await killed).toEqual({ type: 'killed' });
});

test('6. a second stop does not lengthen the first', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  await block(clock, ref);
  const stopped = system.stop(ref, { timeoutMs: 100 });
  void system.stop(ref, { timeoutMs: 1000 });
  await clock.advance(100);
  expect(await stopped).toEqual({ type: 'killed' });
});

test('6. a second stop can shorten the time but not lengthen it', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  await block(clock, ref);
  void system.stop(ref, { timeoutMs: 100 });
  const stopped = system.stop(ref, { timeoutMs: 1000 });
  await clock.advance(50);
  void system.stop(ref, { timeoutMs: 10 });
  await clock.advance(9);
  expect(ref.alive).toBe(true);
  await clock.advance(1);
  expect(await stopped).toEqual({ type: 'killed' });
});

test('6. a stop without any time kills whoever is not ready at once', async () => {
  const { clock, system } = setup();
  const ready = await system.spawn(probe());
  const busy = await system.spawn(probe());
  await block(clock, busy);
  const stops = [system.stop(ready, { timeoutMs: 0 }), system.stop(busy, { timeoutMs: 0 })];
  await clock.advance(0);
  expect(await Promise.all(stops)).toEqual([{ type: 'shutdown' }, { type: 'killed' }]);
});

test('6. who is killed by its own hook or handler and then throws has not failed', async () => {
  const { clock, system, logs } = setup();
  const suicide = (ref: AnyRef): never => {
    system.kill(ref);
    throw new Error('last words');
  };
  const hooked = await system.spawn(probe([], { started: (_s, ctx) => suicide(ctx.self) }));
  const handling = await system.spawn(probe());
  handling.tell(get((ctx) => suicide(ctx.self)));
  await clock.settle();
  for (const ref of [hooked, handling])
    expect(system.inspect(ref)).toMatchObject({ state: 'stopped', failures: 0 });
  expect(logs.map(({ text }) => text)).toEqual(['actor killed', 'actor killed']);
  expect(system.status().count).toBe(0);
});

test('6. who is killed by its own handler has not handled the message', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  ref.tell(get((ctx) => system.kill(ctx.self)));
  await clock.settle();
  expect(system.inspect(ref)).toMatchObject({ state: 'stopped', processed: 0, lateReplies: 0 });
});

test('6. who is killed by its own init stays dead, whatever init returns', async () => {
  for (const state of [{ handled: 0 }, Promise.resolve({ handled: 0 })]) {
    const { clock, system } = setup();
    let self: AnyRef | undefined;
    const init: ProbeDef['init'] = (ctx) => {
      self = ctx.self;
      system.kill(ctx.self);
      return state;
    };
    await expect(system.spawn(probe([], { init }))).rejects.toThrow('ended (killed) before init was done');
    await clock.settle();
    expect(system.inspect(self!)).toMatchObject({ state: 'stopped', busyWith: undefined });
    expect(system.status().count).toBe(0);
  }
});

test('6. a stop without limit waits as long as it takes', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  const running = await block(clock, ref);
  const stopped = system.stop(ref, { timeoutMs: Number.POSITIVE_INFINITY });
  await clock.advance(1e9);
  expect(clock.pending).toBe(0);
  running.open();
  expect(await stopped).toEqual({ type: 'shutdown' });
});

test('6. kill ends actor and children at once, even from its own handler, and twice is once', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const loud = probe(seen, { terminate: () => void seen.push('terminate') });
  const ref = await system.spawn(loud, undefined, { name: 'parent' });
  ref.tell(act((ctx) => ctx.spawn(loud, undefined, { name: 'child' })));
  await clock.settle();
  const child = system.whereIs<Probe>('child');
  const asked = ref
    .ask(
      get((ctx) => {
        system.kill(ctx.self);
        return 'unheard';
      }),
    )
    .catch((error: unknown) => error);
  ref.tell(note(1));
  expect(await asked).toBeInstanceOf(ActorStopped);
  await clock.settle();
  system.kill(ref);
  expect([ref.alive, child?.alive]).toEqual([false, false]);
  expect(seen).toEqual([]);
  expect(system.status().count).toBe(0);
});

test('6. who kills the actor from a listener on its signal changes nothing', async () => {
  const { clock, system } = setup();
  for (const end of ['stop', 'kill'] as const) {
    const ref = await system.spawn(probe());
    ref.tell(
      act((ctx) => {
        ctx.signal.addEventListener('abort', () => system.kill(ref));
        return forever();
      }),
    );
    await clock.settle();
    if (end === 'kill') system.kill(ref);
    else void system.stop(ref, { timeoutMs: 10 });
    await clock.advance(10);
    expect([ref.alive, system.status().count]).toEqual([false, 0]);
  }
});
