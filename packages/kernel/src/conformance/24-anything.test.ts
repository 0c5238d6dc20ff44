// Conformance item 24, the property: whatever happened before, a shutdown ends everything within its budget.
// The orderly cases are in 24-shutdown.test.ts.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ActorRef, type ChildSpec, childOf, SeededExecutor, startChild, supervisor } from '../index.ts';
import { act, crash, forever, type Probe, type ProbeDef, probe, setup } from './harness.ts';

type Step =
  | { readonly do: 'spawn' | 'supervise' | 'crash' | 'stop' | 'kill' | 'slow' | 'hang'; readonly who: number }
  | { readonly do: 'link' | 'monitor'; readonly who: number; readonly other: number }
  | { readonly do: 'wait'; readonly ms: number };

const who = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('spawn' as const, 'supervise' as const), who }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'crash' as const,
        'stop' as const,
        'kill' as const,
        'slow' as const,
        'hang' as const,
      ),
      who,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('link' as const, 'monitor' as const), who, other: who }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(40) }) },
);

/** Counts how each life began and ended. */
function lifeBook() {
  const terminated = new Map<number, number>();
  let lives = 0;
  const def: ProbeDef = probe([], {
    init: () => {
      lives += 1;
      return { handled: lives * 1_000_000 };
    },
    terminate: (_reason, s) => {
      const life = Math.floor(s.handled / 1_000_000);
      terminated.set(life, (terminated.get(life) ?? 0) + 1);
    },
  });
  return { def, terminated };
}

async function play(plan: readonly Step[], seed: number) {
  const bench = setup({ executor: new SeededExecutor(seed) });
  const { clock, system } = bench;
  const { def, terminated } = lifeBook();
  const actors: ActorRef<Probe>[] = [await system.spawn(def)];
  const intensity = { max: 2, withinMs: 50 };
  const sup = await system.spawn(
    supervisor({ strategy: 'one_for_all', intensity, backoff: { minMs: 5 }, children: [] }),
  );
  const pick = (index: number): ActorRef<Probe> => actors[index % actors.length]!;
  const spawnUnder = (parent: ActorRef<Probe>): void => {
    parent.tell(
      act(async (ctx) => {
        actors.push(await ctx.spawn(def));
      }),
    );
  };
  const superviseOne = (): void => {
    const spec: ChildSpec = { id: `c${actors.length}-${clock.mono()}`, start: () => childOf(def, undefined) };
    startChild<Probe>(sup, spec).then(
      (ref) => actors.push(ref),
      () => {},
    );
  };
  const perform: Record<Step['do'], (s: Step & { who: number; other: number; ms: number }) => unknown> = {
    spawn: (s) => spawnUnder(pick(s.who)),
    supervise: superviseOne,
    crash: (s) => pick(s.who).tell(crash()),
    stop: (s) => void system.stop(pick(s.who), { timeoutMs: 30, drain: s.who % 2 === 0 }),
    kill: (s) => system.kill(pick(s.who)),
    slow: (s) =>
      pick(s.who).tell(act((ctx) => new Promise<void>((done) => ctx.system.clock.after(20, done)))),
    hang: (s) => pick(s.who).tell(act(forever)),
    link: (s) => pick(s.who).tell(act((ctx) => ctx.link(pick(s.other)))),
    monitor: (s) => pick(s.who).tell(act((ctx) => void ctx.monitor(pick(s.other)))),
    wait: (s) => clock.advance(s.ms),
  };
  for (const s of plan) await perform[s.do](s as Step & { who: number; other: number; ms: number });
  return { ...bench, actors, terminated };
}

test('24. whatever happened before, a shutdown ends everything in time and leaves nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer(), async (plan, seed) => {
      const { clock, system, actors, terminated } = await play(plan, seed);
      const report = system.shutdown(1000);
      await clock.advance(1000);
      expect((await report).ms).toBeLessThanOrEqual(1000);
      expect(system.status()).toMatchObject({ count: 0, actors: [] });
      expect(actors.filter(({ alive }) => alive)).toEqual([]);
      expect([...terminated.values()].filter((times) => times !== 1)).toEqual([]);
      await clock.settle();
      // Handlers that were abandoned still hold timers of their own; none belongs to the kernel.
      await clock.advance(20);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 300, seed: 24 },
  );
});
