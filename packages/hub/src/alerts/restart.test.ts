// A hub that restarts at any moment decides what one decides that never does: everything it counts by is stored.
// What fired before and waits to be seen again is in judge-seen-again.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Judge } from './judge.ts';
import type { TargetRule } from './public.ts';
import type { Change } from './record.ts';
import { SEEN_AGAIN_MS } from './seen-again.ts';
import { AlertStore, alone, toldNotifiers } from './store.ts';
import { openAlertDb } from './test/kit.ts';
import { NOTHING_STORED, target, USAGE_RULE, usage } from './test/observations.ts';

const RULES: readonly TargetRule[] = [
  USAGE_RULE,
  { ...USAGE_RULE, grace: 3, recover: 50, recoverAfter: 2 },
  { ...USAGE_RULE, window: { violations: 2, of: 4 }, recoverAfter: 2 },
];

interface Step {
  readonly value: number;
  readonly afterMs: number;
  readonly isMuted: boolean;
  readonly restarts: boolean;
}

const steps = fc.array(
  fc.record({
    value: fc.constantFrom(99, 99, 60, 10, 10),
    afterMs: fc.constantFrom(1_000, 60_000, 400_000),
    isMuted: fc.boolean(),
    restarts: fc.boolean(),
  }),
  { maxLength: 25 },
);

const words = (changes: readonly Change[]) =>
  changes.map((change) => {
    const { rule, violations, firedAt, held } = change.record.alert;
    const told = toldNotifiers(change).length;
    return `${rule} ${change.effect} ${violations} ${firedAt} ${held?.reason} ${told}`;
  });

test('rules 11, 12, 14: what is decided survives restarts at any points', async () => {
  const now = { at: 1_790_000_000_000, isMuted: false };
  const store = new AlertStore({ db: await openAlertDb(), wall: () => now.at, groupingOf: alone });
  const holdOf = () => (now.isMuted ? ({ reason: 'mute', by: '' } as const) : null);
  let targets = 0;

  async function expectSame(rule: TargetRule, sequence: readonly Step[]): Promise<void> {
    targets += 1;
    const id = `srv_${targets}`;
    const steady = new Judge(NOTHING_STORED, holdOf);
    steady.configure([target(id, [rule])], now.at);
    let restarting = new Judge(await store.load(), holdOf);
    restarting.configure([target(id, [rule])], now.at);
    for (const { value, afterMs, isMuted, restarts } of sequence) {
      if (restarts) {
        restarting = new Judge(await store.load(), holdOf);
        restarting.configure([target(id, [rule])], now.at);
        restarting.tick(now.at);
      }
      // so long after a restart it waits no more to see again what fired before it
      now.at += restarts ? Math.max(afterMs, SEEN_AGAIN_MS) : afterMs;
      now.isMuted = isMuted;
      const [got, wanted] = [restarting, steady].map((judge) => [
        ...judge.tick(now.at).filter(({ record }) => record.alert.targetId === id),
        ...judge.observe(usage(id, value, now.at)),
      ]);
      expect(words(got!)).toEqual(words(wanted!));
      await store.commit(got!);
    }
    await store.commit(restarting.configure([], now.at));
  }

  await fc.assert(fc.asyncProperty(fc.constantFrom(...RULES), steps, expectSame), { numRuns: 60 });
});
