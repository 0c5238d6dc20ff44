// Conformance items 4 and 5: what a stop waits for, what it does not, and how a mailbox is drained.
// Stops that run out of time are in 06-kill.test.ts, shutdown of whole trees in 24-shutdown.test.ts.

import { expect, test } from 'vitest';
import { type ActorRef, ActorStopped } from '../index.ts';
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

test('5. once drained, a second stop leaves the time to the children', async () => {
  const { clock, system } = setup();
  const parent = await system.spawn(probe());
  const hung = (await parent.ask(
    get((ctx) => ctx.spawn(probe([], { terminate: forever }))),
  )) as ActorRef<Probe>;
  const stopped = system.stop(parent, { drain: true, timeoutMs: 100 });
  await clock.settle();
  void system.stop(parent, { drain: true, timeoutMs: 100 });
  await clock.advance(99);
  expect([hung.alive, parent.alive]).toEqual([true, true]);
  await clock.advance(1);
  expect(await stopped).toEqual({ type: 'shutdown' });
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
