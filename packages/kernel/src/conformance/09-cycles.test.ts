// Conformance item 9: asks that could never be answered are noticed, and nothing else is.
// Everything else about asks is in 07-ask.test.ts.

import { expect, test } from 'vitest';
import { ActorFailed, type ActorRef, AskCycle } from '../index.ts';
import { forever, act, gate, get, note, outcomeOf, type Probe, probe, setup } from './harness.ts';

/** Three actors, each of which asks the next one through its context while it handles its own ask. */
async function ring(names: readonly string[]) {
  const bench = setup();
  const refs: ActorRef<Probe>[] = [];
  for (const name of names) refs.push(await bench.system.spawn(probe(), undefined, { name }));
  const askAlong = (index: number): ReturnType<typeof get> =>
    get((ctx) => ctx.ask(refs[(index + 1) % refs.length]!, askAlong(index + 1)));
  return { ...bench, refs, start: () => refs[0]!.ask(askAlong(0)) };
}

test('9. an ask cycle rejects at once and names the path', async () => {
  const { clock, start } = await ring(['a', 'b', 'c']);
  const failed = (await outcomeOf(clock, start())) as Error;
  let cause: unknown = failed;
  while (cause instanceof ActorFailed) cause = cause.cause;
  expect(cause).toBeInstanceOf(AskCycle);
  expect((cause as AskCycle).path).toBe('/c');
  expect((cause as Error).message).toContain('ask cycle: /c -> /a -> /b -> /c');
  expect(clock.mono()).toBe(0);
});

test('9. an actor that asks itself is a cycle of one', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe(), undefined, { name: 'self' });
  const failed = (await outcomeOf(
    clock,
    ref.ask(
      get((ctx) =>
        ctx.ask(
          ref,
          get(() => 1),
        ),
      ),
    ),
  )) as Error;
  expect((failed.cause as Error).message).toContain('ask cycle: /self -> /self');
});

test('9. what only looks like a cycle is answered', async () => {
  const { clock, system } = setup();
  const a = await system.spawn(probe(), undefined, { name: 'a' });
  const b = await system.spawn(probe(), undefined, { name: 'b' });
  // Twice the same target, one after the other and side by side.
  const twice = get(async (ctx) => {
    const first = await ctx.ask(
      b,
      get(() => 1),
    );
    const both = await Promise.all([
      ctx.ask(
        b,
        get(() => 2),
      ),
      ctx.ask(
        b,
        get(() => 3),
      ),
    ]);
    return [first, ...(both as unknown[])];
  });
  expect(await a.ask(twice)).toEqual([1, 2, 3]);
  // A waits no more once its handler is over, though its question is still open.
  const seen: unknown[] = [];
  const open = gate();
  a.tell(
    act((ctx) => {
      ctx.pipe(
        ctx.ask(
          b,
          get((inner) =>
            open.opened.then(() =>
              inner.ask(
                a,
                get(() => 'back'),
              ),
            ),
          ),
        ),
        (result) => note(result.status === 'fulfilled' ? result.value : result.reason),
      );
    }),
  );
  await clock.settle();
  open.open();
  await clock.settle();
  expect(system.inspect(a)).toMatchObject({ processed: 4, failures: 0 });
  expect(seen).toEqual([]);
});

test('9. a question that has been answered is no part of a cycle', async () => {
  const { clock, system } = setup();
  const a = await system.spawn(probe(), undefined, { name: 'a' });
  const b = await system.spawn(probe(), undefined, { name: 'b' });
  const answered = gate();
  a.tell(
    act(async (ctx) => {
      await ctx.ask(
        b,
        get(() => 1),
        { signal: ctx.signal },
      );
      await answered.opened;
    }),
  );
  await clock.settle();
  // A is still in the handler that has asked B; B may ask A all the same, it only has to wait.
  const back = b.ask(
    get((ctx) =>
      ctx.ask(
        a,
        get(() => 'patience'),
      ),
    ),
  );
  expect(await outcomeOf(clock, back)).toBe('pending');
  answered.open();
  expect(await back).toBe('patience');
});

test('9. of two questions the one answered is no part of a cycle, and the open one is', async () => {
  const { clock, system } = setup();
  const name = (id: string) => system.spawn(probe(), undefined, { name: id });
  const [a, b, c] = [await name('a'), await name('b'), await name('c')];
  const answered = gate();
  a.tell(
    act(async (ctx) => {
      const slow = ctx.ask(
        b,
        get(() => answered.opened),
      );
      await ctx.ask(
        c,
        get(() => 1),
      );
      await slow;
    }),
  );
  await clock.settle();
  const askA = get((ctx) =>
    ctx.ask(
      a,
      get(() => 'patience'),
    ),
  );
  const back = c.ask(askA);
  expect(await outcomeOf(clock, back)).toBe('pending');
  answered.open();
  expect(await back).toBe('patience');
});

test('9. a cycle is found on whichever of several ways it lies', async () => {
  const { clock, system } = setup();
  const name = (id: string) => system.spawn(probe(), undefined, { name: id });
  const [a, b, c] = [await name('a'), await name('b'), await name('c')];
  const askA = get((ctx) =>
    ctx.ask(
      a,
      get(() => 'never'),
    ),
  );
  const asked = a.ask(get((ctx) => Promise.all([ctx.ask(b, get(forever)), ctx.ask(c, askA)])));
  const failed = (await outcomeOf(clock, asked)) as Error;
  expect(String((failed.cause as Error).cause)).toContain('/c -> /a -> /c');
});

test('9. the answer to an older question leaves those that the handler waits for now', async () => {
  const { clock, system } = setup();
  const name = (id: string) => system.spawn(probe(), undefined, { name: id });
  const [a, b, c] = [await name('a'), await name('b'), await name('c')];
  const [older, later] = [gate(), gate()];
  a.tell(
    get((ctx) => {
      void ctx.ask(
        b,
        get(() => older.opened),
      );
    }),
  );
  const askA = get(async (ctx) => {
    await later.opened;
    return ctx.ask(
      a,
      get(() => 'never'),
    );
  });
  const asked = a.ask(get((ctx) => ctx.ask(c, askA)));
  await clock.settle();
  older.open();
  await clock.settle();
  later.open();
  const failed = (await outcomeOf(clock, asked)) as Error;
  expect(String((failed.cause as Error).cause)).toContain('/c -> /a -> /c');
});

test('9. one of two questions answered: the other can still close a cycle', async () => {
  const { clock, system } = setup();
  const [a, b, c] = [await system.spawn(probe()), await system.spawn(probe()), await system.spawn(probe())];
  const later = gate();
  const back = get(async (ctx) => {
    await later.opened;
    return ctx.ask(
      a,
      get(() => 'never'),
    );
  });
  const asked = a.ask(
    get((ctx) =>
      Promise.all([
        ctx.ask(
          b,
          get(() => 1),
        ),
        ctx.ask(c, back),
      ]),
    ),
  );
  await clock.settle();
  later.open();
  const failed = (await outcomeOf(clock, asked)) as Error;
  expect(((failed.cause as Error).cause as Error | undefined) ?? failed).toBeInstanceOf(AskCycle);
});

test('9. what a hook has asked and does not wait for is no part of a cycle', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const b = await system.spawn(probe());
  await system.spawn(
    probe(seen, {
      started: (_s, ctx) => {
        const question = ctx.ask(
          b,
          get((inner) =>
            inner.ask(
              ctx.self,
              get(() => 'back'),
            ),
          ),
        );
        ctx.pipe(question, (result) => note(result.status === 'fulfilled' ? result.value : result.reason));
      },
    }),
  );
  await clock.settle();
  expect(seen).toEqual(['back']);
});

test('9. what a handler has asked and does not wait for is no part of a cycle either', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const [a, b] = [await system.spawn(probe(seen)), await system.spawn(probe())];
  const back = get((ctx) =>
    ctx.ask(
      a,
      get(() => 'back'),
    ),
  );
  a.tell(
    get((ctx) => {
      const question = ctx.ask(b, back);
      ctx.pipe(question, (result) => note(result.status === 'fulfilled' ? result.value : result.reason));
    }),
  );
  await clock.settle();
  expect(seen).toEqual(['back']);
});

test('9. an ask outside a handler waits for nobody', async () => {
  const { clock, system } = setup();
  const ref = await system.spawn(probe());
  let later: Promise<unknown> | undefined;
  ref.tell(
    act((ctx) => {
      ctx.system.clock.after(5, () => {
        later = ctx.ask(
          ref,
          get(() => 'me'),
        );
      });
    }),
  );
  await clock.advance(5);
  expect(await later).toBe('me');
});
