// Conformance items 7 and 8: time-outs of asks, late replies, and asks to the dead.
// Cycles are in 09-cycles.test.ts, full mailboxes in 02-mailbox.test.ts.

import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { ActorFailed, ActorStopped, AskTimeout, NO_REPLY, type ReplyTo, TestClock } from '../index.ts';
import { block, crash, forever, gate, get, outcomeOf, probe, setup } from './harness.ts';

test('7. an ask times out exactly, by default after 5 s', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  let first: unknown;
  ref.ask(get(forever)).catch((error: unknown) => {
    first = error;
  });
  await clock.advance(4999);
  expect(first).toBeUndefined();
  await clock.advance(1);
  expect(first).toBeInstanceOf(AskTimeout);
  expect((first as Error).message).toBe('/probe#1: no reply to Get within timeoutMs 5000');
});

test('7. asks with different time-outs each end on time, with one timer per time-out', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe([], { mailbox: { capacity: 100 } }));
  await block(clock, ref);
  const ended: string[] = [];
  const ask = (name: string, timeoutMs: number): void => {
    ref
      .ask(
        get(() => 1),
        { timeoutMs },
      )
      .catch(() => ended.push(`${name} at ${clock.mono()}`));
  };
  ask('a', 30);
  ask('b', 10);
  await clock.advance(5);
  ask('c', 30);
  ask('d', 10);
  ask('never', Number.POSITIVE_INFINITY);
  expect(clock.pending).toBe(2);
  await clock.advance(100);
  expect(ended).toEqual(['b at 10', 'd at 15', 'a at 30', 'c at 35']);
  expect(clock.pending).toBe(0);
});

test('7. a time-out may be short, and the signal is let go when the ask is over', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  const { signal } = new AbortController();
  expect(
    await ref.ask(
      get(() => 1),
      { timeoutMs: 1, signal },
    ),
  ).toBe(1);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  const answerLater = get((ctx) => {
    const from = ctx.from();
    queueMicrotask(() => from.reply(2));
    return NO_REPLY;
  });
  expect(await ref.ask(answerLater, { signal })).toBe(2);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  const late = ref.ask(get(forever), { timeoutMs: 0.5, signal }).catch((error: unknown) => error);
  expect(getEventListeners(signal, 'abort').length).toBe(1);
  await clock.advance(1);
  expect(await late).toBeInstanceOf(AskTimeout);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('7. a time-out used again after a pause is watched like the first time, and a shutdown disarms it', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  await ref.ask(get(() => 1));
  await ref.ask(
    get(() => 1),
    { timeoutMs: 9000 },
  );
  await ref.ask(get(() => 1));
  await clock.advance(5000);
  const slow = gate();
  const late = ref.ask(get(() => slow.opened)).catch((error: unknown) => error);
  await clock.advance(5000);
  expect(await outcomeOf(clock, late)).toEqual({ value: expect.any(AskTimeout) });
  slow.open();
  await ref.ask(get(() => 2));
  expect(clock.pending).toBe(1);
  await system.shutdown();
  expect(clock.pending).toBe(0);
});

test('7. a time-out that is none is refused', async () => {
  const { system } = setup();
  const ref = await system.spawn(probe());
  for (const timeoutMs of [0, -1, Number.NaN]) {
    await expect(
      ref.ask(
        get(() => 1),
        { timeoutMs },
      ),
    ).rejects.toThrow('must be above 0');
  }
});

test('7. a request whose time is over is never run, and a late reply is counted', async () => {
  const { clock, system } = setup();
  const ran: string[] = [];
  const ref = await system.spawn(probe());
  const slow = gate();
  const first = outcomeOf(
    clock,
    ref.ask(
      get(async () => {
        await slow.opened;
        return 'late';
      }),
      { timeoutMs: 10 },
    ),
  );
  const second = ref
    .ask(
      get(() => ran.push('expired')),
      { timeoutMs: 20 },
    )
    .catch((error: unknown) => error);
  const third = ref.ask(
    get(() => 'in time'),
    { timeoutMs: 1000 },
  );
  await clock.advance(20);
  await first;
  expect(await second).toBeInstanceOf(AskTimeout);
  slow.open();
  expect(await third).toBe('in time');
  expect(ran).toEqual([]);
  expect(system.inspect(ref)).toMatchObject({ lateReplies: 1, expired: 1, processed: 2 });
});

test('7. a request that comes to its turn after its deadline, but before the timer, is not run either', async () => {
  const clock = new TestClock();
  const ran: string[] = [];
  let lateMs = 0;
  const { system } = setup({
    clock: {
      wall: () => clock.wall(),
      mono: () => clock.mono() + lateMs,
      after: (ms, f) => clock.after(ms, f),
    },
  });
  const ref = await system.spawn(probe());
  const asked = ref
    .ask(
      get(() => ran.push('run')),
      { timeoutMs: 10 },
    )
    .catch((error: unknown) => error);
  // The event loop was held up: time has passed and no timer has had its turn.
  lateMs = 10;
  expect(await asked).toBeInstanceOf(AskTimeout);
  expect(ran).toEqual([]);
  expect(system.inspect(ref)?.expired).toBe(1);
});

test('7. an ask can be given up through its signal', async () => {
  const { clock, system } = setup();
  const ran: string[] = [];
  const ref = await system.spawn(probe());
  const blocked = await block(clock, ref);
  const aborter = new AbortController();
  const asked = outcomeOf(
    clock,
    ref.ask(
      get(() => ran.push('run')),
      { signal: aborter.signal },
    ),
  );
  aborter.abort(new Error('enough'));
  expect(await asked).toEqual(new Error('enough'));
  expect(
    await outcomeOf(
      clock,
      ref.ask(
        get(() => 1),
        { signal: aborter.signal },
      ),
    ),
  ).toEqual(new Error('enough'));
  blocked.open();
  await clock.settle();
  expect(ran).toEqual([]);
  const kept = new AbortController();
  expect(
    await ref.ask(
      get(() => 'answered'),
      { signal: kept.signal },
    ),
  ).toBe('answered');
  kept.abort();
});

test('7. a handler may reply later, once; told messages have a handle that does nothing', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  let from: ReplyTo<unknown> | undefined;
  const deferred = get((ctx) => {
    from = ctx.from();
    return NO_REPLY;
  });
  const asked = ref.ask(deferred);
  expect(await outcomeOf(clock, asked)).toBe('pending');
  expect(from?.wanted).toBe(true);
  from?.reply('later');
  expect(await asked).toBe('later');
  expect(from?.wanted).toBe(false);
  from?.reply('again');
  expect(system.inspect(ref)?.lateReplies).toBe(1);
  const failing = ref.ask(deferred);
  await clock.settle();
  from?.fail(new Error('no such thing'));
  await expect(failing).rejects.toThrow('no such thing');
  expect(ref.alive).toBe(true);
  ref.tell(deferred);
  await clock.settle();
  expect(from?.wanted).toBe(false);
  from?.reply('nobody');
  from?.fail(new Error('nobody'));
  expect(system.inspect(ref)?.lateReplies).toBe(1);
});

test('8. asks to the dead reject at once and say why it died', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  const error = new Error('boom');
  await ref.ask(crash(error)).catch(() => {});
  await clock.settle();
  const armed = clock.pending;
  const refused = (await outcomeOf(
    clock,
    ref.ask(
      get(() => 1),
      { timeoutMs: 77 },
    ),
  )) as Error;
  expect(refused).toBeInstanceOf(ActorStopped);
  expect(refused.cause).toBe(error);
  expect(clock.pending).toBe(armed);
});

test('8. asks pending at the death reject at once with its cause: running, deferred and queued', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  const error = new Error('boom');
  const go = gate();
  const deferred = ref.ask(get(() => NO_REPLY)).catch((reason: unknown) => reason as Error);
  const running = ref
    .ask(
      get(async () => {
        await go.opened;
        throw error;
      }),
    )
    .catch((reason: unknown) => reason as Error);
  const queued = ref.ask(get(() => 1)).catch((reason: unknown) => reason as Error);
  await clock.settle();
  go.open();
  const [first, second, third] = await Promise.all([deferred, running, queued]);
  expect([first, second, third].map((reason) => (reason as Error).cause)).toEqual([error, error, error]);
  expect(first).toBeInstanceOf(ActorStopped);
  expect(second).toBeInstanceOf(ActorFailed);
  expect((second as Error).message).toBe('/probe#1: failed while handling Get: boom');
  expect(third).toBeInstanceOf(ActorStopped);
});

test('8. asks queued at a stop reject when it is over', async () => {
  const { system } = setup();
  const ref = await system.spawn(probe());
  const asked = ref.ask(get(() => 1)).catch((reason: unknown) => reason as Error);
  await system.stop(ref);
  expect(await asked).toBeInstanceOf(ActorStopped);
  expect(String(await asked)).toContain('has ended (shutdown)');
});
