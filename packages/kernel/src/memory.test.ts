// Tests that what is over can be collected: a queue or list that keeps what went through it grows for ever.
// What is delivered, and in which order, is tested under conformance/.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { EventBus, NO_REPLY } from './index.ts';
import { get, note, probe, setup } from './conformance/harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** How many of them are still held by somebody. A weak reference holds for the rest of its turn of the event loop. */
async function held(refs: readonly WeakRef<object>[]): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

test('a bus holds as many events as its capacity says', async () => {
  const bus = new EventBus<object>({ capacity: 8 });
  const refs = Array.from({ length: 100 }, (_, i) => {
    const event = { i };
    bus.publish(event);
    return new WeakRef(event);
  });
  expect(await held(refs)).toBe(8);
  expect(bus.at(100)).toEqual({ i: 99 });
});

test('an idle mailbox holds nothing of what it took in', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe([], { on: { Note: () => {}, Do: () => {}, Get: () => 1 } }));
  const refs = Array.from({ length: 20 }, (_, i) => {
    const n = { i };
    ref.tell(note(n));
    return new WeakRef(n);
  });
  await clock.settle();
  expect(await held(refs)).toBe(0);
});

test('asks that are over are let go', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  const refs: WeakRef<object>[] = [];
  const ask = (timeoutMs: number): Promise<unknown> => {
    const m = get(() => 1);
    refs.push(new WeakRef(m));
    return ref.ask(m, { timeoutMs });
  };
  for (let timeoutMs = 1; timeoutMs <= 20; timeoutMs++) await ask(timeoutMs);
  await clock.advance(100);
  expect(await held(refs)).toBe(0);
});

test('asks that were answered later are let go by a life that goes on', async () => {
  const { system } = setup();
  const ref = await system.spawn(probe());
  const refs: WeakRef<object>[] = [];
  const ask = (): Promise<unknown> => {
    const m = get((ctx) => {
      const from = ctx.from();
      queueMicrotask(() => from.reply('later'));
      return NO_REPLY;
    });
    refs.push(new WeakRef(m));
    return ref.ask(m, { timeoutMs: Number.POSITIVE_INFINITY });
  };
  for (let i = 0; i < 20; i++) expect(await ask()).toBe('later');
  expect(await held(refs)).toBe(0);
});
