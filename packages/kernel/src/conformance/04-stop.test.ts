// Conformance items 4 to 6: stop outranks messages, drain handles them first, a deadline kills.
// Stopping a whole tree is item 24.

import { expect, test } from 'vitest';
import { ActorStopped, type AnyRef, ContextEnded, type Ctx } from '../index.ts';
import {
  crash,
  act,
  block,
  deadLetters,
  forever,
  gate,
  get,
  note,
  outcomeOf,
  type Probe,
  probe,
  setup,
} from './harness.ts';

test('4. stop outranks queued messages and never cuts a running handler', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(
    probe(seen, {
      terminate: (reason, s) => {
        seen.push(`terminate ${reason.type} after ${s.handled}`);
      },
    }),
  );
  const running = gate();
  ref.tell(
    act(async () => {
      await running.opened;
      seen.push('finished');
    }),
  );
  await clock.settle();
  ref.tell(note('queued'));
  const stopped = system.stop(ref);
  expect(await outcomeOf(clock, stopped)).toBe('pending');
  expect(seen).toEqual([]);
  running.open();
  expect(await stopped).toEqual({ type: 'shutdown' });
  expect(seen).toEqual(['finished', 'terminate shutdown after 1']);
  expect(deadLetters(system).map(({ message }) => message)).toEqual([note('queued')]);
  expect(ref.alive).toBe(false);
});

test('4. an idle actor with queued messages ends before they run', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen));
  ref.tell(note(1));
  const stopped = system.stop(ref, { reason: { type: 'normal' } });
  ref.tell(note(2));
  expect(await stopped).toEqual({ type: 'normal' });
  await clock.settle();
  expect(seen).toEqual([]);
  expect(await system.stop(ref)).toEqual({ type: 'normal' });
});

test('4. an actor that stops itself finishes the handler and gives its reason', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(
    probe(seen, {
      terminate: (reason) => {
        seen.push(reason.type);
      },
    }),
  );
  const other = await system.spawn(probe());
  const reply = ref.ask(
    get((ctx) => {
      ctx.stop();
      return 'last words';
    }),
  );
  ref.tell(note('never'));
  other.tell(act((ctx) => ctx.stop({ type: 'shutdown' })));
  expect(await reply).toBe('last words');
  await clock.settle();
  expect(seen).toEqual(['normal']);
  expect(await system.stop(other)).toEqual({ type: 'shutdown' });
});

test('4. an actor that stops itself has the time of its definition to do so', async () => {
  const { clock, system } = setup();
  const slow = gate();
  const ref = await system.spawn(probe([], { shutdownMs: 100, terminate: () => slow.opened }));
  ref.tell(act((ctx) => ctx.stop()));
  await clock.advance(99);
  expect(ref.alive).toBe(true);
  const ended = system.stop(ref);
  slow.open();
  expect(await ended).toEqual({ type: 'normal' });
});

test('4. a failure in terminate becomes the reason, and a failure in the last handler too', async () => {
  const { clock, system } = setup();
  const error = new Error('cannot close');
  const failing = await system.spawn(
    probe([], {
      terminate: () => Promise.reject(error),
    }),
  );
  expect(await system.stop(failing)).toEqual({ type: 'error', error });
  const ref = await system.spawn(probe());
  const running = await block(clock, ref);
  const stopped = system.stop(ref);
  running.fail(error);
  expect(await stopped).toEqual({ type: 'error', error });
});

test('4. the first failure is the reason, whatever terminate adds to it', async () => {
  const { clock, system } = setup();
  const [first, second] = [new Error('first'), new Error('second')];
  const ref = await system.spawn(probe([], { terminate: () => Promise.reject(second) }));
  ref.tell(crash(first));
  const ended = system.stop(ref, { drain: true });
  await clock.settle();
  expect(await ended).toEqual({ type: 'error', error: first });
  expect(system.inspect(ref)).toMatchObject({ failures: 2, lastError: { message: 'second' } });
});

test('5. drain handles everything accepted and refuses what comes later', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(
    probe(seen, {
      mailbox: { capacity: 3 },
      terminate: () => {
        seen.push('terminate');
      },
    }),
  );
  const running = await block(clock, ref);
  for (const n of [1, 2, 3]) ref.tell(note(n));
  const waiting = outcomeOf(clock, ref.send(note(4)));
  const stopped = system.stop(ref, { drain: true });
  expect(ref.tell(note(5))).toBe(false);
  expect(await waiting).toBeInstanceOf(ActorStopped);
  expect(seen).toEqual([]);
  running.open();
  expect(await stopped).toEqual({ type: 'shutdown' });
  expect(seen).toEqual([1, 2, 3, 'terminate']);
  expect(await outcomeOf(clock, ref.ask(get(() => 1)))).toBeInstanceOf(ActorStopped);
});

test('5. a drain that takes too long is cut at the deadline, between messages too', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen, { terminate: () => void seen.push('terminate') }));
  for (const n of [1, 2, 3]) {
    ref.tell(
      act(async (ctx) => {
        await new Promise<void>((resolve) => ctx.system.clock.after(40, resolve));
        seen.push(n);
      }),
    );
  }
  const stopped = system.stop(ref, { drain: true, timeoutMs: 100 });
  await clock.advance(99);
  expect(ref.alive).toBe(true);
  await clock.advance(1);
  expect(await stopped).toEqual({ type: 'killed' });
  await clock.advance(100);
  expect(seen).toEqual([1, 2, 3]);
});

test('5. a second stop with drain goes on draining, and a failure ends the drain', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const patient = await system.spawn(probe(seen));
  const running = await block(clock, patient);
  patient.tell(note(1));
  void system.stop(patient, { drain: true });
  void system.stop(patient, { drain: true });
  running.open();
  await clock.settle();
  expect(seen.splice(0)).toEqual([1]);
  const failing = await system.spawn(probe(seen));
  await failing.ask(
    get((ctx) => ctx.spawn(probe([], { terminate: () => new Promise((done) => setImmediate(done)) }))),
  );
  const failure = await block(clock, failing);
  failing.tell(note(2));
  const stopped = system.stop(failing, { drain: true });
  failure.fail(new Error('boom'));
  expect((await stopped).type).toBe('error');
  expect(seen).toEqual([]);
});

test('5. the stop of a parent ends the drain of a child', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const parent = await system.spawn(probe());
  await parent.ask(get((ctx) => ctx.spawn(probe(seen), undefined, { name: 'child' })));
  const child = system.whereIs<Probe>('child')!;
  const running = await block(clock, child);
  child.tell(note(1));
  void system.stop(child, { drain: true });
  const stopped = system.stop(parent);
  await clock.settle();
  running.open();
  expect(await stopped).toEqual({ type: 'shutdown' });
  expect(seen).toEqual([]);
});

test('5. what a draining actor sends itself is refused like anything else', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe(), undefined, { name: 'd' });
  const piped = gate();
  ref.tell(act((ctx) => ctx.pipe(piped.opened, () => note('too late'))));
  await clock.settle();
  const running = await block(clock, ref);
  void system.stop(ref, { drain: true });
  piped.open();
  await clock.settle();
  running.open();
  await clock.settle();
  expect(deadLetters(system)).toEqual([{ path: '/d', message: note('too late'), why: 'stopped' }]);
});

test('5. a second stop without drain ends the drain', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen));
  const running = await block(clock, ref);
  ref.tell(note(1));
  void system.stop(ref, { drain: true });
  const stopped = system.stop(ref);
  running.open();
  expect(await stopped).toEqual({ type: 'shutdown' });
  expect(seen).toEqual([]);
});

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
  system.kill(ref);
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
