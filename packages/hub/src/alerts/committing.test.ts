// That a refusal costs nobody else anything, whatever the database refuses, and that the changes of each other alert stay
// in order. What a real database refuses is tested with the engine.
import { DatabaseError } from '@guardia/db';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commitChanges } from './committing.ts';
import { Judge } from './judge.ts';
import type { Change } from './record.ts';
import { NOTHING_STORED, target, usage } from './test/observations.ts';

const TARGETS = ['a', 'b', 'c', 'd', 'e'] as const;
const REFUSED = { code: 'STATEMENT_FAILED', message: 'broken constraint', sqliteCode: 2067 } as const;

/** The changes of these targets, which fire and recover in turn. */
function changesOf(names: readonly string[]): readonly Change[] {
  const judge = new Judge(NOTHING_STORED);
  judge.configure(
    TARGETS.map((id) => target(id)),
    0,
  );
  const times = new Map<string, number>();
  return names.flatMap((name, at) => {
    const time = (times.get(name) ?? 0) + 1;
    times.set(name, time);
    return judge.observe(usage(name, time % 2 === 1 ? 99 : 1, at));
  });
}

test('refuses always the alerts that the database refuses, and never another', async () => {
  const names = fc.array(fc.constantFrom(...TARGETS), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(names, fc.subarray([...TARGETS]), async (seen, bad) => {
      const changes = changesOf(seen);
      const isBad = ({ record }: Change) => bad.some((each) => each === record.alert.targetId);
      const stored: Change[] = [];
      const { refusals } = await commitChanges(changes, async (some) => {
        if (some.some(isBad)) throw new DatabaseError(':memory:', REFUSED);
        stored.push(...some);
        return [];
      });
      const byAlert = (of: readonly Change[]) => Object.groupBy(of, ({ record }) => record.alert.id);
      const refused = refusals.map(({ change }) => change.record.alert.id);
      expect(refused.sort()).toEqual(Object.keys(byAlert(changes.filter(isBad))).sort());
      expect(byAlert(stored)).toEqual(byAlert(changes.filter((change) => !isBad(change))));
    }),
  );
});

test('passes on what is no refusal', async () => {
  const full = new DatabaseError(':memory:', { ...REFUSED, code: 'DATABASE_FULL' });
  await expect(commitChanges(changesOf(['a', 'b']), () => Promise.reject(full))).rejects.toBe(full);
});
