// Conformance item 1: order, exactly once, and one thing at a time.
// The property runs on seeded interleavings; other items are in the files beside this one.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ActorDef, type AnyRef, SeededExecutor } from '../index.ts';
import { gate, setup } from './harness.ts';

interface Receiver {
  Take: { readonly from: number; readonly n: number; readonly way: Way };
  Watch: { readonly ref: AnyRef };
}

type Way = 'sync' | 'microtask' | 'macrotask';

const pause: Record<Way, () => Promise<void> | undefined> = {
  sync: () => undefined,
  microtask: () => Promise.resolve(),
  macrotask: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Fails the test when a hook or handler begins while another one runs. */
function exclusive() {
  let inside: string | undefined;
  const overlaps: string[] = [];
  async function during(name: string, way: Way): Promise<void> {
    if (inside !== undefined) overlaps.push(`${name} during ${inside}`);
    inside = name;
    await pause[way]();
    inside = undefined;
  }
  return { overlaps, during };
}

test('1. messages of each sender arrive in order, exactly once, and no two hooks or handlers run at once', async () => {
  const way = fc.constantFrom<Way>('sync', 'microtask', 'macrotask');
  const senders = fc.array(fc.array(way, { maxLength: 12 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(senders, fc.integer(), way, async (plans, seed, hookWay) => {
      const { clock, system } = setup({ executor: new SeededExecutor(seed) });
      const { overlaps, during } = exclusive();
      const seen: [number, number][] = [];
      const downs: string[] = [];
      const def: ActorDef<Receiver, null> = {
        kind: 'receiver',
        mailbox: { capacity: 3 },
        init: async () => {
          await during('init', hookWay);
          return null;
        },
        started: () => during('started', hookWay),
        on: {
          Take: (m) => {
            seen.push([m.from, m.n]);
            return m.way === 'sync' ? undefined : during('Take', m.way);
          },
          Watch: ({ ref }, _s, ctx) => {
            ctx.monitor(ref);
          },
        },
        signal: async (sig) => {
          await during('signal', hookWay);
          downs.push(sig.type);
        },
        terminate: () => during('terminate', hookWay),
      };
      const receiver = await system.spawn(def);
      const sending = plans.map(async (ways, from) => {
        const sent = gate();
        const sender = await system.spawn<object, null, void>({
          kind: 'sender',
          init: () => null,
          started: async () => {
            for (const [n, how] of ways.entries()) await receiver.send({ type: 'Take', from, n, way: how });
            sent.open();
          },
          on: {},
        });
        await receiver.send({ type: 'Watch', ref: sender });
        await sent.opened;
        await system.stop(sender);
      });
      await Promise.all(sending);
      await clock.settle();
      await system.stop(receiver, { drain: true });
      for (const [from, ways] of plans.entries()) {
        const got = seen.filter(([sender]) => sender === from).map(([, n]) => n);
        expect(got).toEqual(ways.map((_, n) => n));
      }
      expect(overlaps).toEqual([]);
      expect(downs.length).toBe(plans.length);
    }),
    { numRuns: 150, seed: 1 },
  );
});
