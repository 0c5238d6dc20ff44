// Conformance item 22: what subscribers of a bus receive, and what they are told when they miss something.
// Publishing never waits, so there is nothing to test about it but that.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ActorDef, EventBus, type Lag } from '../index.ts';
import { act, block, crash, gate, note, probe, setup } from './harness.ts';

interface Reader {
  Event: { readonly e: number; readonly seq: number };
  Lagged: { readonly lag: Lag };
}

interface Received {
  readonly events: { e: number; seq: number }[];
  readonly lags: Lag[];
}

/** A subscriber that handles one event per permit. */
function reader(
  bus: EventBus<number>,
  onLag: 'drop' | 'skip' | undefined,
  got: Received,
  permit: () => Promise<void>,
) {
  const def: ActorDef<Reader, null> = {
    kind: 'reader',
    init: (ctx) => {
      ctx.subscribe(bus, {
        ...(onLag && { onLag }),
        event: (e, seq) => ({ type: 'Event', e, seq }),
        lag: (lag) => ({ type: 'Lagged', lag }),
      });
      return null;
    },
    on: {
      Event: async ({ e, seq }) => {
        got.events.push({ e, seq });
        await permit();
      },
      Lagged: ({ lag }) => {
        got.lags.push(lag);
      },
    },
  };
  return def;
}

test('22. received and missed add up to published, in order, however far a subscriber falls behind', async () => {
  const bursts = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 40 })), {
    maxLength: 15,
  });
  const shape = fc.record({
    capacity: fc.integer({ min: 1, max: 16 }),
    onLag: fc.constantFrom('drop' as const, 'skip' as const),
  });
  await fc.assert(
    fc.asyncProperty(bursts, shape, async (plan, { capacity, onLag }) => {
      const { clock, system } = setup();
      const bus = new EventBus<number>({ capacity, name: 'news' });
      const got: Received = { events: [], lags: [] };
      let release = gate();
      await system.spawn(reader(bus, onLag, got, () => release.opened));
      let published = 0;
      let publishedAtDrop: number | undefined;
      for (const count of plan) {
        for (let i = 0; i < count; i++) expect(bus.publish(published)).toBe(++published);
        await clock.settle();
        release.open();
        release = gate();
        await clock.settle();
        if (got.lags.some(({ dropped }) => dropped)) publishedAtDrop ??= published;
      }
      release.open();
      for (let i = 0; i < capacity + 1; i++) {
        release.open();
        release = gate();
        await clock.settle();
      }
      release.open();
      const missed = got.lags.reduce((sum, lag) => sum + lag.missed, 0);
      expect(got.events.length + missed).toBe(publishedAtDrop ?? published);
      for (const { e, seq } of got.events) expect(seq).toBe(e + 1);
      const order = got.events.map(({ seq }) => seq);
      expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
      if (onLag === 'drop') expect(got.lags.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 100, seed: 22 },
  );
});

async function behind(count: number, onLag?: 'drop' | 'skip') {
  const bench = setup();
  const bus = new EventBus<number>();
  const got: Received = { events: [], lags: [] };
  const release = gate();
  const ref = await bench.system.spawn(reader(bus, onLag, got, () => release.opened));
  bus.publish(0);
  await bench.clock.settle();
  for (let i = 1; i <= count; i++) bus.publish(i);
  const status = bench.system.inspect(ref);
  release.open();
  await bench.clock.settle();
  return { ...bench, bus, got, ref, status };
}

test('22. 256 behind is no lag', async () => {
  const { got, status } = await behind(256);
  expect(status?.lag).toEqual([{ bus: 'events', behind: 256, missed: 0 }]);
  expect(got.lags).toEqual([]);
  expect(got.events.length).toBe(257);
});

test('22. one more is: by default the subscriber goes on with the oldest event held', async () => {
  const { got, system, ref } = await behind(257);
  expect(got.lags).toEqual([{ bus: 'events', missed: 1, dropped: false }]);
  expect(got.events.map(({ e }) => e)).toEqual([0, ...Array.from({ length: 256 }, (_, i) => i + 2)]);
  expect(system.inspect(ref)?.lag).toEqual([{ bus: 'events', behind: 0, missed: 1 }]);
});

test('22. with drop it is told once what it missed, and then no more', async () => {
  const { clock, bus, got, system, ref } = await behind(300, 'drop');
  expect(got.lags).toEqual([{ bus: 'events', missed: 300, dropped: true }]);
  expect(got.events.length).toBe(1);
  bus.publish(1000);
  await clock.settle();
  expect(got.events.length).toBe(1);
  expect(system.inspect(ref)?.lag).toEqual([{ bus: 'events', behind: 0, missed: 300 }]);
});

test('22. a filter passes events over, and a subscription can start at an earlier event and be ended', async () => {
  const { clock, system } = setup();
  const bus = new EventBus<number>({ capacity: 4, firstSeq: 100 });
  for (let e = 0; e < 6; e++) bus.publish(e);
  expect([bus.at(101), bus.at(102), bus.at(105), bus.at(106)]).toEqual([undefined, 2, 5, undefined]);
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen));
  let cancel = (): void => {};
  const from = (seq: number) =>
    act((ctx) => {
      cancel = ctx.subscribe(bus, {
        from: seq,
        filter: (e) => e % 2 === 1,
        event: (e) => note(e),
        lag: (lag) => note(`missed ${lag.missed}`),
      });
    });
  ref.tell(from(103));
  await clock.settle();
  expect(seen.splice(0)).toEqual([3, 5]);
  expect(bus.listening).toBe(1);
  cancel();
  expect(bus.listening).toBe(0);
  bus.publish(7);
  await clock.settle();
  expect(seen).toEqual([]);
  // What was before the first event ever isn't missed: 100 to 102 were.
  ref.tell(from(0));
  await clock.settle();
  expect(seen.splice(0)).toEqual(['missed 3', 3, 5, 7]);
  cancel();
  expect(system.inspect(ref)?.lag).toEqual([]);
});

test('22. a subscription to the future waits for its first event', async () => {
  const { clock, system } = setup();
  const bus = new EventBus<number>();
  const seen: unknown[] = [];
  const ref = await system.spawn(probe(seen));
  ref.tell(act((ctx) => void ctx.subscribe(bus, { from: 3, event: (e) => note(e), lag: () => note('lag') })));
  await clock.settle();
  for (const e of [1, 2, 3, 4]) bus.publish(e);
  expect(system.inspect(ref)?.lag).toEqual([{ bus: 'events', behind: 2, missed: 0 }]);
  await clock.settle();
  expect(seen).toEqual([3, 4]);
});

test('22. a subscription made outside a handler, and one made by init, begin at once', async () => {
  const { clock, system } = setup();
  const bus = new EventBus<number>();
  bus.publish(1);
  const seen: unknown[] = [];
  const options = { from: 1, event: (e: number) => note(e), lag: () => note('lag') };
  const ref = await system.spawn(probe(seen));
  ref.tell(act((ctx) => void ctx.system.clock.after(5, () => ctx.subscribe(bus, options))));
  await clock.advance(5);
  expect(seen.splice(0)).toEqual([1]);
  await system.spawn(
    probe(seen, {
      init: (ctx) => {
        ctx.subscribe(bus, options);
        return { handled: 0 };
      },
    }),
  );
  await clock.settle();
  expect(seen).toEqual([1]);
});

test('22. mailbox and buses take turns, and several buses do too', async () => {
  const { clock, system } = setup();
  const seen: unknown[] = [];
  const [one, two] = [new EventBus<string>(), new EventBus<string>()];
  const ref = await system.spawn(probe(seen));
  ref.tell(
    act((ctx) => {
      for (const bus of [one, two]) ctx.subscribe(bus, { event: (e) => note(e), lag: () => note('lag') });
    }),
  );
  const blocked = await block(clock, ref);
  for (const n of [1, 2, 3]) {
    ref.tell(note(`told ${n}`));
    one.publish(`one ${n}`);
    two.publish(`two ${n}`);
  }
  blocked.open();
  await clock.settle();
  const kinds = seen.map((entry) => String(entry).split(' ')[0]);
  expect(seen.length).toBe(9);
  const told = kinds.slice(0, 6).map((kind) => kind === 'told');
  expect(told).toEqual(told.map((_, i) => told[0] === (i % 2 === 0)));
  expect(kinds.filter((kind) => kind !== 'told')).toEqual(['one', 'two', 'one', 'two', 'one', 'two']);
});

test('22. subscriptions end with their life, and a mapping that throws ends the life', async () => {
  const { clock, system, failures } = setup();
  const bus = new EventBus<number>();
  const seen: unknown[] = [];
  const subscribe = (event: (e: number) => ReturnType<typeof note>) =>
    act((ctx) => void ctx.subscribe(bus, { event, lag: () => note('lag') }));
  const ended = await system.spawn(probe(seen), undefined, { name: 'ended' });
  ended.tell(subscribe((e) => note(e)));
  await clock.settle();
  expect(bus.listening).toBe(1);
  await system.stop(ended);
  expect(bus.listening).toBe(0);
  expect(system.inspect(ended)?.lag).toEqual([]);
  const broken = await system.spawn(probe(seen), undefined, { name: 'broken' });
  broken.tell(
    subscribe(() => {
      throw new Error('cannot map');
    }),
  );
  await clock.settle();
  bus.publish(1);
  await clock.settle();
  expect(seen).toEqual([]);
  expect(failures).toEqual(['/broken']);
  expect((await system.stop(broken)).type).toBe('error');
  broken.tell(crash());
});

test('22. a bus without room is refused', () => {
  for (const capacity of [0, 1.5]) {
    expect(() => new EventBus({ capacity, name: 'tiny' })).toThrow(
      `bus tiny: capacity ${capacity}, must be a whole number of at least 1`,
    );
  }
});
