// Tests what the compiler makes of protocols: replies are typed, handlers complete, payloads checked.
// Most of it fails in the type check and not when it runs.

import { expect, expectTypeOf, test } from 'vitest';
import {
  type ActorDef,
  type ActorRef,
  ActorSystem,
  type Call,
  type Msg,
  NO_REPLY,
  TestClock,
} from './index.ts';

interface Sums {
  Add: { readonly by: number };
  Total: Call<{ readonly times: number }, number>;
}

const sums: ActorDef<Sums, { total: number }, { start: number }> = {
  kind: 'sums',
  init: (_ctx, { start }) => ({ total: start }),
  on: {
    Add: ({ by }, s) => {
      s.total += by;
    },
    Total: ({ times }, s, ctx) => {
      if (times > 0) return s.total * times;
      ctx.from<number>().reply(0);
      return NO_REPLY;
    },
  },
};

test('messages, replies and arguments follow the protocol', async () => {
  const system = new ActorSystem({ clock: new TestClock() });
  const ref = await system.spawn(sums, { start: 1 });
  expectTypeOf(ref).toEqualTypeOf<ActorRef<Sums>>();
  expectTypeOf<Msg<Sums, 'Add'>>().toEqualTypeOf<{ readonly type: 'Add' } & { readonly by: number }>();
  ref.tell({ type: 'Add', by: 2 });
  const total = await ref.ask({ type: 'Total', times: 3 });
  expectTypeOf(total).toEqualTypeOf<number>();
  expect(total).toBe(9);
  expect(await ref.ask({ type: 'Total', times: 0 })).toBe(0);
});

test('what does not fit the protocol does not compile', async () => {
  const system = new ActorSystem({ clock: new TestClock() });
  const ref = await system.spawn(sums, { start: 1 });
  // @ts-expect-error: a told message can't be asked
  const unanswered = ref.ask({ type: 'Add', by: 1 }, { timeoutMs: Number.POSITIVE_INFINITY });
  expect(await unanswered).toBeUndefined();
  // @ts-expect-error: no such message
  ref.tell({ type: 'Subtract' });
  // @ts-expect-error: a payload of the wrong type
  ref.tell({ type: 'Add', by: 'one' });
  // @ts-expect-error: arguments are missing
  await expect(system.spawn(sums)).rejects.toThrow('init failed');
  // @ts-expect-error: a handler is missing
  const partial: typeof sums.on = { Add: () => {} };
  expect(Object.keys(partial)).toEqual(['Add']);
});
