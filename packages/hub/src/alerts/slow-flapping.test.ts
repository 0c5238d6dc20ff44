// What is told of targets that are looked at rarely and flap, over a day of observations, and that a restart keeps it.
// The window by itself is tested in flapping.test.ts.
import { expect, test } from 'vitest';
import { Judge } from './judge.ts';
import type { TargetRule } from './public.ts';
import { AlertStore, alone, toldNotifiers } from './store.ts';
import { runAlerts } from './test/hub.ts';
import { openAlertDb, until } from './test/kit.ts';
import { RecordingNotifier } from './test/notifiers.ts';
import { check, NOTHING_STORED, target, USAGE_RULE } from './test/observations.ts';

const MINUTE_MS = 60_000;
const DOWN: TargetRule = { ...USAGE_RULE, rule: 'service_down', limit: null };

function service(minutes: number, grace = 1) {
  return { ...target('svc_a', [{ ...DOWN, grace }]), intervalMs: minutes * MINUTE_MS };
}

test.each([
  [1, 1],
  [2, 1],
  [5, 1],
  [60, 1],
  [1, 3],
  [1, 5],
  [5, 3],
  [15, 5],
])(
  'rule 12: a service that is checked every %i min with grace %i and goes up and down for a day pages a handful of times',
  (minutes, grace) => {
    const judge = new Judge(NOTHING_STORED);
    judge.configure([service(minutes, grace)], 0);
    let told = 0;
    for (let i = 0; i < 1_440 / minutes; i += 1) {
      const at = (i + 1) * minutes * MINUTE_MS;
      const status = i % (grace + 1) < grace ? 'down' : 'up';
      const changes = [...judge.observe(check({ targetId: 'svc_a', at, status })), ...judge.tick(at + 5_000)];
      told += changes.filter((change) => toldNotifiers(change).length > 0).length;
    }
    expect(told).toBeLessThan(20);
  },
);

async function setup(minutes: number) {
  const ops = new RecordingNotifier();
  const db = await openAlertDb();
  const start = async (atMs: number) => {
    const hub = await runAlerts({
      db,
      notifiers: [ops],
      targets: [service(minutes)],
      started: async ({ clock }) => clock.jumpWall(atMs),
    });
    const wait = async (waitMs: number) => {
      await hub.clock.advance(waitMs);
      await hub.reader.counts();
      await until(async () => {
        const { deliveries } = await hub.reader.counts();
        return !deliveries.some(({ state, count }) => count > 0 && ['pending', 'sending'].includes(state));
      });
    };
    const see = async (letters: string) => {
      for (const letter of letters) {
        const status = letter === 'D' ? 'down' : 'up';
        await hub.ingest.observe(check({ targetId: 'svc_a', at: hub.clock.wall(), status }));
        // past the next tick, and on to the next check
        await wait(MINUTE_MS);
        await wait((minutes - 1) * MINUTE_MS);
      }
    };
    return { hub, see };
  };
  const heard = () => ops.sent.map(({ kind, alert }) => `${kind} ${alert.rule}`);
  return { heard, start };
}

test('rule 14: transitions of a window longer than ten minutes count on over a restart', async () => {
  const { heard, start } = await setup(15);
  const first = await start(0);
  await first.see('DUDUD');
  expect(heard()).not.toContain('firing flapping');
  const stoppedAtMs = first.hub.clock.mono();
  await first.hub.shutdown();
  const second = await start(stoppedAtMs);
  await second.see('U');
  expect(heard()).toContain('firing flapping');
});

test('rule 14: what flaps is not calm after a restart before its own window is over', async () => {
  const { heard, start } = await setup(15);
  const first = await start(0);
  await first.see('DUDUDU');
  const before = heard();
  expect(before).toContain('firing flapping');
  const stoppedAtMs = first.hub.clock.mono();
  await first.hub.shutdown();
  const second = await start(stoppedAtMs);
  await second.see('UUUUUUUU');
  expect(heard()).toEqual(before);
  await second.see('UU');
  expect(heard()).toEqual([...before, 'resolved flapping']);
});

test('rule 14: of what changed all day as much is taken up as makes it flap', async () => {
  const db = await openAlertDb();
  const store = new AlertStore({ db, wall: () => 1_440 * MINUTE_MS, groupingOf: alone });
  const judge = new Judge(await store.load());
  judge.configure([service(1)], 0);
  for (let minute = 1; minute < 1_440; minute += 10) {
    await store.commit(judge.observe(check({ targetId: 'svc_a', at: minute * MINUTE_MS, status: 'down' })));
    await store.commit(
      judge.observe(check({ targetId: 'svc_a', at: (minute + 1) * MINUTE_MS, status: 'up' })),
    );
  }
  const { transitions } = await store.load();
  const minutes = transitions.map(({ at }) => at / MINUTE_MS);
  expect(minutes.slice(-6)).toEqual([1_411, 1_412, 1_421, 1_422, 1_431, 1_432]);
  expect(minutes.length).toBeLessThanOrEqual(8);
});
