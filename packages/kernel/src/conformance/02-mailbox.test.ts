// Conformance items 2 and 3: what a bounded mailbox takes in, and the line of those who wait for room.
// How messages are then run is item 1.

import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ActorStopped, MailboxFull, type MailboxPolicy } from '../index.ts';
import { act, block, deadLetters, forever, gate, get, note, outcomeOf, probe, setup } from './harness.ts';

/** The mailbox as a list: what the real one must equal. */
class Model {
  readonly queue: number[] = [];
  readonly lost: number[] = [];
  readonly #policy: MailboxPolicy;

  constructor(policy: MailboxPolicy) {
    this.#policy = policy;
  }

  tell(n: number): boolean {
    if (this.queue.length < (this.#policy.capacity ?? 32)) {
      this.queue.push(n);
      return true;
    }
    const displaced = this.#policy.overflow === 'dropOldest' ? this.queue.shift() : undefined;
    this.lost.push(displaced ?? n);
    if (displaced !== undefined) this.queue.push(n);
    return displaced !== undefined;
  }
}

test('2. a bounded mailbox equals its model, whatever it is told, and tell never throws', async () => {
  const policy = fc.record({
    capacity: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Number.POSITIVE_INFINITY)),
    overflow: fc.constantFrom('reject' as const, 'dropOldest' as const, 'dropNewest' as const),
  });
  const steps = fc.array(fc.constantFrom('tell', 'tell', 'tell', 'take'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(policy, steps, async (mailbox, commands) => {
      const { clock, system } = setup();
      const seen: number[] = [];
      const ref = await system.spawn(probe(seen), undefined, { mailbox });
      let blocked = await block(clock, ref);
      const model = new Model(mailbox);
      const taken: number[] = [];
      let n = 0;
      let deepest = 1;
      for (const command of commands) {
        if (command === 'tell') {
          n += 1;
          expect(ref.tell(note(n))).toBe(model.tell(n));
          deepest = Math.max(deepest, model.queue.length);
        } else {
          // Lets everything through, then blocks again.
          taken.push(...model.queue.splice(0));
          blocked.open();
          await clock.settle();
          blocked = await block(clock, ref);
        }
        expect(system.inspect(ref)?.mailbox).toEqual({
          depth: model.queue.length,
          capacity: mailbox.capacity,
          highWater: deepest,
          waiting: 0,
          rejected: model.lost.length,
        });
      }
      blocked.open();
      await clock.settle();
      expect(seen).toEqual([...taken, ...model.queue]);
      const lost = deadLetters(system);
      expect(lost.map(({ message }) => message)).toEqual(model.lost.slice(-256).map(note));
      for (const { why } of lost) expect(why).toBe(mailbox.overflow === 'reject' ? 'full' : 'dropped');
    }),
    { numRuns: 80, seed: 2 },
  );
});

test('2. the default capacity is 32 and a policy that is none is refused', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  await block(clock, ref);
  const accepted = Array.from({ length: 40 }, (_, n) => ref.tell(note(n))).filter(Boolean);
  expect(accepted.length).toBe(32);
  for (const capacity of [0, -1, 1.5, Number.NaN]) {
    await expect(system.spawn(probe(), undefined, { mailbox: { capacity } })).rejects.toThrow(
      `mailbox.capacity: ${capacity}, must be a whole number of at least 1, or Infinity`,
    );
  }
});

test('2. tell to an ended actor returns false and the message becomes a dead letter', async () => {
  const { system } = setup();
  const ref = await system.spawn(probe(), undefined, { name: 'gone' });
  await system.stop(ref);
  expect(ref.tell(note(1))).toBe(false);
  expect(deadLetters(system)).toEqual([{ path: '/gone', message: note(1), why: 'stopped' }]);
  expect(system.status().deadLetters).toBe(1);
});

test('2. a message of unknown type is handed back and harms nobody', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen));
  ref.tell({ type: 'Nonsense' } as never);
  ref.tell(note(1));
  await clock.settle();
  expect(seen).toEqual([1]);
  expect(deadLetters(system).map(({ why }) => why)).toEqual(['unknown']);
});

test('2. asks to a full mailbox reject at once, and so do asks that are dropped', async () => {
  for (const overflow of ['reject', 'dropNewest'] as const) {
    const { clock, system } = setup();
    const ref = await system.spawn(probe(), undefined, { mailbox: { capacity: 1, overflow } });
    await block(clock, ref);
    ref.tell(note(1));
    expect(await outcomeOf(clock, ref.ask(get(() => 1)))).toBeInstanceOf(MailboxFull);
  }
  const { clock, system } = setup();
  const ref = await system.spawn(probe(), undefined, { mailbox: { capacity: 1, overflow: 'dropOldest' } });
  await block(clock, ref);
  const ask = ref.ask(get(() => 1));
  expect(ref.tell(note(1))).toBe(true);
  const error = await outcomeOf(clock, ask);
  expect(error).toBeInstanceOf(MailboxFull);
  expect((error as Error).message).toContain('capacity 1');
});

test('3. send waits for room in order of arrival, and tell never overtakes those who wait', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen), undefined, { mailbox: { capacity: 2 } });
  const blocked = await block(clock, ref);
  expect(ref.send(note(1))).toBeUndefined();
  expect(ref.send(note(2))).toBeUndefined();
  const order: number[] = [];
  const third = ref.send(note(3))?.then(() => order.push(3));
  const fourth = ref.send(note(4))?.then(() => order.push(4));
  expect(ref.tell(note(5))).toBe(false);
  expect(system.inspect(ref)?.mailbox).toMatchObject({ depth: 2, waiting: 2, rejected: 1 });
  blocked.open();
  await Promise.all([third, fourth]);
  await clock.settle();
  expect(order).toEqual([3, 4]);
  expect(seen).toEqual([1, 2, 3, 4]);
});

test('3. each free place goes to the head of the line before anybody else can take it', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen), undefined, { mailbox: { capacity: 1 } });
  const first = await block(clock, ref);
  const second = gate();
  ref.tell(act(() => second.opened));
  const waiting = ref.send(note('waited'));
  first.open();
  expect(await outcomeOf(clock, waiting)).toEqual({ value: undefined });
  expect(ref.tell(note('told'))).toBe(false);
  second.open();
  await clock.settle();
  expect(seen).toEqual(['waited']);
});

test('3. those who wait get in one by one, never beyond the capacity', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe(), undefined, { mailbox: { capacity: 1 } });
  expect(system.inspect(ref)?.mailbox).toMatchObject({ depth: 0, highWater: 0 });
  const first = await block(clock, ref);
  const second = gate();
  ref.tell(act(() => second.opened));
  const line = [1, 2, 3].map((n) => ref.send(note(n)));
  first.open();
  await clock.settle();
  expect(system.inspect(ref)?.mailbox).toMatchObject({ depth: 1, waiting: 2 });
  second.open();
  await Promise.all(line);
  expect(system.inspect(ref)?.mailbox.highWater).toBe(1);
});

test('2. an unbounded mailbox loses nothing, however long it was, and works on when it has been empty', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen), undefined, { mailbox: { capacity: Number.POSITIVE_INFINITY } });
  const numbers = Array.from({ length: 3000 }, (_, n) => n);
  for (let round = 0; round < 2; round++) {
    for (const n of numbers) expect(ref.tell(note(n))).toBe(true);
    await clock.settle();
    expect(seen.splice(0)).toEqual(numbers);
  }
});

test('3. aborting leaves the line, before or while waiting', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen), undefined, { mailbox: { capacity: 1 } });
  const blocked = await block(clock, ref);
  ref.tell(note(1));
  const aborter = new AbortController();
  const leaves = ref.send(note(2), { signal: aborter.signal });
  const stays = ref.send(note(3), { signal: new AbortController().signal });
  aborter.abort(new Error('changed my mind'));
  expect(await outcomeOf(clock, leaves)).toEqual(new Error('changed my mind'));
  expect(await outcomeOf(clock, ref.send(note(4), { signal: aborter.signal }))).toEqual(
    new Error('changed my mind'),
  );
  expect(system.inspect(ref)?.mailbox.waiting).toBe(1);
  blocked.open();
  await stays;
  await clock.settle();
  expect(seen).toEqual([1, 3]);
});

test('3. aborting after acceptance changes nothing', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen), undefined, { mailbox: { capacity: 1 } });
  const blocked = await block(clock, ref);
  ref.tell(note(1));
  const aborter = new AbortController();
  const sent = ref.send(note(2), { signal: aborter.signal });
  blocked.open();
  await sent;
  expect(getEventListeners(aborter.signal, 'abort')).toEqual([]);
  aborter.abort();
  await clock.settle();
  expect(seen).toEqual([1, 2]);
});

test('3. the end of the actor turns away everybody in the line and everybody who comes later', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe(), undefined, { mailbox: { capacity: 1 } });
  ref.tell(act(forever));
  await clock.settle();
  ref.tell(note(1));
  const { signal } = new AbortController();
  const waiting = outcomeOf(clock, ref.send(note(2), { signal }));
  system.kill(ref);
  expect(await waiting).toBeInstanceOf(ActorStopped);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(await outcomeOf(clock, ref.send(note(3)))).toBeInstanceOf(ActorStopped);
});

test('3. mailboxes that drop make nobody wait', async () => {
  for (const overflow of ['dropOldest', 'dropNewest'] as const) {
    const { clock, system } = setup();
    const seen: unknown[] = [];
    const ref = await system.spawn(probe(seen), undefined, { mailbox: { capacity: 1, overflow } });
    const blocked = await block(clock, ref);
    expect(ref.send(note(1))).toBeUndefined();
    expect(ref.send(note(2))).toBeUndefined();
    blocked.open();
    await clock.settle();
    expect(seen).toEqual([overflow === 'dropOldest' ? 2 : 1]);
  }
});
