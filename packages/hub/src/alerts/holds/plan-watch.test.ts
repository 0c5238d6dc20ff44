// That what people planned is looked at again and again, whatever a look meets, until it is stopped.
import { TestClock } from '@guardia/kernel';
import { expect, test } from 'vitest';
import { PlanWatch } from './plan-watch.ts';

function setup() {
  const clock = new TestClock();
  const warnings: string[] = [];
  const seen = { silences: 0, maintenance: 0, isBroken: false };
  const watch = new PlanWatch({
    clock,
    silences: { look: () => void seen.silences++ },
    maintenance: {
      look: async () => {
        seen.maintenance += 1;
        if (seen.isBroken) throw new Error('disk full');
      },
    },
    log: { warn: (_fields: object, text: string) => void warnings.push(text) } as never,
  });
  watch.start();
  return { clock, watch, seen, warnings };
}

test('looks every five seconds, until it is stopped', async () => {
  const { clock, watch, seen } = setup();
  await clock.advance(15_000);
  expect(seen).toMatchObject({ silences: 3, maintenance: 3 });
  await watch.stop();
  await watch.stop();
  await clock.advance(15_000);
  expect([seen.maintenance, clock.pending]).toEqual([3, 0]);
});

test('goes on after a database that failed, and logs each failure once', async () => {
  const { clock, watch, seen, warnings } = setup();
  seen.isBroken = true;
  await clock.advance(15_000);
  seen.isBroken = false;
  await clock.advance(5_000);
  seen.isBroken = true;
  await clock.advance(10_000);
  expect([seen.maintenance, warnings.length]).toEqual([6, 2]);
  await watch.stop();
});
