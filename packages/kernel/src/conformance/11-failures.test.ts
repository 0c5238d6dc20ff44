// Conformance items 11 and 12: how a life fails and is followed by the next one.
// Which siblings start again is in 13-strategies.test.ts.

import { expect, test } from 'vitest';
import {
  ActorFailed,
  type ActorRef,
  type ChildSpec,
  ContextEnded,
  childOf,
  type Ctx,
  supervisor,
} from '../index.ts';
import {
  act,
  type Bench,
  block,
  crash,
  deadLetters,
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

/** A supervisor with one child, named `child`. */
async function supervised(
  bench: Bench,
  def: ProbeDef,
  spec: Partial<ChildSpec> = {},
): Promise<ActorRef<Probe>> {
  const child = { id: 'child', name: 'child', start: () => childOf(def, undefined), ...spec };
  await bench.system.spawn(supervisor({ children: [child] }), undefined, { name: 'sup' });
  return bench.system.whereIs<Probe>('child')!;
}

test('11. a throw and a rejection are the same failure', async () => {
  const seen: unknown[] = [];
  for (const fail of [crash(new Error('same')), get(() => Promise.reject(new Error('same')))]) {
    const { clock, system, logs, failures } = setup();
    const ref = await system.spawn(
      probe([], { terminate: (reason) => void seen.push(reason.type) }),
      undefined,
      {
        name: 'weak',
      },
    );
    const failed = (await outcomeOf(clock, ref.ask(fail))) as Error;
    expect(failed).toBeInstanceOf(ActorFailed);
    expect((failed.cause as Error).message).toBe('same');
    expect(ref.alive).toBe(false);
    expect(system.inspect(ref)).toMatchObject({
      failures: 1,
      processed: 0,
      lastError: { message: 'same', at: clock.wall() },
    });
    expect(logs).toEqual([{ level: 'error', text: 'actor crashed', path: '/weak', error: failed.cause }]);
    expect(failures).toEqual(['/weak']);
  }
  expect(seen).toEqual(['error', 'error']);
});

test('11. who has failed and will not start again takes no more messages while it ends', async () => {
  const { clock, system } = setup();
  const slow = gate();
  const ref = await system.spawn(probe([], { terminate: () => slow.opened }));
  ref.tell(crash());
  await clock.settle();
  expect(system.inspect(ref)?.state).toBe('stopping');
  expect(ref.tell(note(1))).toBe(false);
  slow.open();
  await clock.settle();
  expect(ref.alive).toBe(false);
});

test('11. failures in started and signal end the life too', async () => {
  const { clock, system, failures } = setup();
  const fail = (): never => {
    throw new Error('hook');
  };
  await system.spawn(probe([], { started: fail }), undefined, { name: 'a' });
  const b = await system.spawn(probe([], { signal: fail }), undefined, { name: 'b' });
  b.tell(act((ctx) => ctx.monitor(b)));
  const c = await system.spawn(probe(), undefined, { name: 'c' });
  b.tell(act((ctx) => ctx.monitor(c)));
  await clock.settle();
  await system.stop(c);
  await clock.settle();
  expect(failures).toEqual(['/a', '/b']);
});

test('11. only a failure at the root that nobody restarts is reported', async () => {
  const bench = setup();
  const { clock, system, failures } = bench;
  const child = await supervised(bench, probe());
  const parent = await system.spawn(probe(), undefined, { name: 'parent' });
  parent.tell(
    act(async (ctx) => {
      const inner = await ctx.spawn(probe());
      inner.tell(crash());
    }),
  );
  child.tell(crash());
  await clock.settle();
  expect(failures).toEqual([]);
  expect([child.alive, parent.alive]).toEqual([true, true]);
});

test('11. a log that throws cuts no end short and stalls nobody', async () => {
  const { clock, system, failures } = setup({
    log: () => {
      throw new Error('no room for a line');
    },
  });
  const [crashing, hanging] = [
    await system.spawn(probe(), undefined, { name: 'crashing' }),
    await system.spawn(probe()),
  ];
  const failed = await outcomeOf(clock, crashing.ask(crash()));
  expect(failed).toBeInstanceOf(ActorFailed);
  expect([crashing.alive, failures]).toEqual([false, ['/crashing']]);
  await block(clock, hanging);
  const stopped = system.stop(hanging, { timeoutMs: 10 });
  await clock.advance(10);
  expect(await outcomeOf(clock, stopped)).toEqual({ value: { type: 'killed' } });
  const next = await system.spawn(probe());
  expect(await outcomeOf(clock, next.ask(get(() => 'goes on')))).toEqual({ value: 'goes on' });
});

test('11. an onFailure that throws is logged and stalls nobody', async () => {
  const error = new Error('nowhere to report to');
  const { clock, system, logs } = setup({
    onFailure: () => {
      throw error;
    },
  });
  const [ref, next] = [await system.spawn(probe(), undefined, { name: 'a' }), await system.spawn(probe())];
  ref.tell(crash());
  // The stop is asked for while the failure waits to be handled, and hears of its end all the same.
  const ended = system.stop(ref, { drain: true });
  expect(await outcomeOf(clock, ended)).toMatchObject({ value: { type: 'error' } });
  expect(logs.at(-1)).toEqual({ level: 'error', text: 'onFailure threw', path: '/a', error });
  expect(await outcomeOf(clock, next.ask(get(() => 'goes on')))).toEqual({ value: 'goes on' });
});

test('11. the message that failed is not redelivered; the queue survives and the state does not', async () => {
  const bench = setup();
  const { clock } = bench;
  const seen: unknown[] = [];
  let attempts = 0;
  const child = await supervised(bench, probe(seen));
  const blocked = await block(clock, child);
  child.tell(
    act((_ctx, s) => {
      attempts += 1;
      s.handled = 100;
      throw new Error('boom');
    }),
  );
  child.tell(note('kept'));
  const handled = child.ask(get((_ctx, s) => s.handled));
  blocked.open();
  expect(await handled).toBe(2);
  expect(attempts).toBe(1);
  expect(seen).toEqual(['kept']);
});

test('11. the queue also survives a kill and a terminate that hangs after a failure', async () => {
  const bench = setup();
  const { clock, system } = bench;
  const seen: unknown[] = [];
  const child = await supervised(bench, probe(seen, { terminate: forever }));
  child.tell(note(1));
  system.kill(child);
  expect(child.tell(note(2))).toBe(true);
  await clock.settle();
  expect(seen).toEqual([1, 2]);
  child.tell(crash());
  await clock.advance(4999);
  expect(system.inspect(child)).toMatchObject({ state: 'stopping', incarnation: 2 });
  child.tell(note(3));
  await clock.advance(1);
  expect(child.incarnation).toBe(3);
  expect(seen).toEqual([1, 2, 3]);
});

test('11. with onRestart clear the queue goes to the dead letters', async () => {
  const bench = setup();
  const { clock, system } = bench;
  const seen: unknown[] = [];
  const child = await supervised(bench, probe(seen, { mailbox: { onRestart: 'clear' } }));
  child.tell(crash());
  child.tell(note('lost'));
  const asked = child.ask(get(() => 1)).catch((error: unknown) => error as Error);
  await clock.settle();
  expect(child.tell(note('new'))).toBe(true);
  await clock.settle();
  expect(seen).toEqual(['new']);
  expect(deadLetters(system)).toEqual([{ path: '/sup/child', message: note('lost'), why: 'dropped' }]);
  expect(((await asked) as Error).name).toBe('MailboxFull');
});

test('12. reference and name survive a restart, and the incarnation rises', async () => {
  const bench = setup();
  const { clock, system } = bench;
  const child = await supervised(bench, probe());
  expect(child.incarnation).toBe(1);
  child.tell(crash());
  await clock.settle();
  expect(child.alive).toBe(true);
  expect(child.incarnation).toBe(2);
  expect(system.whereIs('child')).toBe(child);
  expect(system.inspect('child')).toMatchObject({
    path: '/sup/child',
    restarts: 1,
    incarnation: 2,
    failures: 1,
  });
  expect(await child.ask(get(() => 'alive'))).toBe('alive');
});

test('12. the old life is fenced: its context throws, its timers and results are gone', async () => {
  const bench = setup();
  const { clock, system } = bench;
  const seen: unknown[] = [];
  const child = await supervised(bench, probe(seen));
  let old: Ctx<Probe> | undefined;
  const piped = gate();
  child.tell(
    act((ctx) => {
      old = ctx;
      ctx.timers.after(10, note('old timer'));
      ctx.timers.every(10, note('old tick'));
      ctx.pipe(piped.opened, () => note('old result'));
      expect(ctx.signal.aborted).toBe(false);
      throw new Error('boom');
    }),
  );
  await clock.settle();
  piped.open();
  await clock.advance(50);
  expect(seen).toEqual([]);
  expect(old?.signal.aborted).toBe(true);
  const context = old as Ctx<Probe>;
  const acts: (() => unknown)[] = [
    () => context.from(),
    () =>
      context.ask(
        child,
        get(() => 1),
      ),
    () => context.pipe(Promise.resolve(), () => note(1)),
    () => context.spawn(probe()),
    () => context.spawnLinked(probe()),
    () => context.link(child),
    () => context.unlink(child),
    () => context.monitor(child),
    () => context.demonitor(1),
    () => context.stop(),
    () => context.subscribe(system.deadLetters, { event: () => note(1), lag: () => note(1) }),
    () => context.timers.after(1, note(1)),
    () => context.timers.every(1, note(1)),
  ];
  for (const use of acts) expect(use).toThrow(ContextEnded);
  expect(context.self).toBe(child);
  expect(context.system).toBe(system);
});

test('12. pipe sends the outcome of a promise, waits for room, and fails the life when it cannot be mapped', async () => {
  const { clock, system, failures } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen), undefined, { name: 'p', mailbox: { capacity: 1 } });
  const piped = gate();
  ref.tell(
    act((ctx) => {
      ctx.pipe(piped.opened, ({ status }) => note(status));
      ctx.pipe(Promise.reject(new Error('no')), (result) => note(result.status));
    }),
  );
  await clock.settle();
  const blocked = await block(clock, ref);
  ref.tell(note('first'));
  piped.open();
  await clock.settle();
  expect(system.inspect(ref)?.mailbox).toMatchObject({ depth: 1, waiting: 1 });
  blocked.open();
  await clock.settle();
  expect(seen).toEqual(['rejected', 'first', 'fulfilled']);
  ref.tell(
    act((ctx) =>
      ctx.pipe(Promise.resolve(), () => {
        throw new Error('cannot map');
      }),
    ),
  );
  await clock.settle();
  expect(failures).toEqual(['/p']);
});

test('12. a signal first asked for after the end is aborted', async () => {
  const bench = setup();
  const ref = await bench.system.spawn(probe());
  let context: Ctx<Probe> | undefined;
  await ref.ask(
    get((ctx) => {
      context = ctx;
    }),
  );
  await bench.system.stop(ref);
  expect(context?.signal.aborted).toBe(true);
  expect(context?.signal.reason).toBeInstanceOf(ContextEnded);
});

test('12. whoever stops a later life waits for it and hears its own reason', async () => {
  const bench = setup();
  const { clock, system } = bench;
  const error = new Error('boom');
  const child = await supervised(bench, probe());
  child.tell(crash(error));
  await clock.settle();
  expect(child.incarnation).toBe(2);
  const blocked = await block(clock, child);
  const stopped = system.stop(child);
  expect(await outcomeOf(clock, stopped)).toBe('pending');
  blocked.open();
  expect(await stopped).toEqual({ type: 'shutdown' });
  await clock.settle();
  expect(child.incarnation).toBe(3);
  expect(child.tell(note('taken in again'))).toBe(true);
});

test('12. a later life may have another definition', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const kinds = ['first', 'second'];
  const start = () => childOf({ ...probe(seen), kind: kinds.shift() ?? 'none' }, undefined);
  await system.spawn(supervisor({ children: [{ id: 'c', name: 'c', start }] }));
  expect(system.inspect('c')?.kind).toBe('first');
  system.whereIs<Probe>('c')?.tell(crash());
  await clock.settle();
  expect(system.inspect('c')?.kind).toBe('second');
});

test('12. start is called anew for each life, so that arguments can change', async () => {
  const { clock, system } = setup();
  let life = 0;
  const nextLife = (): number => {
    life += 1;
    return life;
  };
  const seen: unknown[] = [];
  const def = {
    ...probe(),
    init: (_ctx: unknown, args: number) => {
      seen.push(args);
      return { handled: 0 };
    },
  };
  const children = [{ id: 'c', name: 'c', start: () => childOf(def, nextLife(), { capacity: 7 }) }];
  await system.spawn(supervisor({ children }));
  expect(system.inspect('c')?.mailbox.capacity).toBe(7);
  system.whereIs<Probe>('c')?.tell(crash());
  await clock.settle();
  expect(seen).toEqual([1, 2]);
});
