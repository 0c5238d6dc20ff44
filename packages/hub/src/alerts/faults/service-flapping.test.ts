// A service that goes up and down for hours, over the whole path from outcomes of checks to what notifiers are sent. The
// rule by itself is tested in ../flapping.test.ts and ../judge-flapping.test.ts.
import type { CheckStatus } from '@guardia/model';
import { describe, expect, test } from 'vitest';
import type { TargetRule } from '../public.ts';
import { type RunningAlerts, runAlerts } from '../test/hub.ts';
import { openAlertDb, until } from '../test/kit.ts';
import { RecordingNotifier } from '../test/notifiers.ts';
import { check, target, USAGE_RULE } from '../test/observations.ts';

const MINUTE_MS = 60_000;
const STATUS: Readonly<Record<string, CheckStatus>> = { U: 'up', G: 'degraded', D: 'down', '?': 'unknown' };

function rulesOf(policy: Partial<TargetRule>): readonly TargetRule[] {
  const rules = ['service_down', 'service_degraded'] as const;
  return rules.map((rule) => ({ ...USAGE_RULE, limit: null, ...policy, rule }));
}

async function setup(policy: Partial<TargetRule> = {}) {
  const ops = new RecordingNotifier();
  const db = await openAlertDb();
  const targets = [target('svc_a', rulesOf(policy))];
  const heard = () => ops.sent.map(({ kind, alert }) => `${kind} ${alert.rule}`);
  const start = async (atMs = 0) => {
    const hub = await runAlerts({
      db,
      notifiers: [ops],
      targets,
      started: async ({ clock }) => clock.jumpWall(atMs),
    });
    return { hub, see: (letters: string) => see(hub, letters), settled: () => settled(hub) };
  };
  return { ops, heard, start };
}

/** Checks once a minute, a letter each, and lets all that is due leave. */
async function see(hub: RunningAlerts, letters: string): Promise<void> {
  for (const letter of letters) {
    const status = STATUS[letter]!;
    const at = hub.clock.wall();
    const because = status === 'degraded' ? 'expectation' : null;
    await hub.ingest.observe(check({ targetId: 'svc_a', at, status }, because));
    await settled(hub);
    for (let step = 0; step < 6; step += 1) {
      await hub.clock.advance(MINUTE_MS / 6);
      await hub.reader.counts();
    }
    await settled(hub);
  }
}

/** Nothing is left that waits to be sent. */
async function settled(hub: RunningAlerts): Promise<void> {
  await until(async () => {
    const { deliveries } = await hub.reader.counts();
    return deliveries.every(({ state, count }) => count === 0 || !['pending', 'sending'].includes(state));
  });
}

const FLAPPING = ['firing flapping', 'resolved flapping'];

describe('rule 12: a service that flaps', () => {
  test('between UP and DOWN every minute for an hour pages a handful of times, not sixty', async () => {
    const { heard, start } = await setup();
    const { see } = await start();
    await see('DU'.repeat(30));
    const [down, up] = ['firing service_down', 'resolved service_down'];
    expect(heard().toSorted()).toEqual([down, down, down, FLAPPING[0]!, up, up, up].toSorted());
    await see('U'.repeat(12));
    expect(heard().at(-1)).toBe('resolved flapping');
    expect(heard().length).toBe(8);
  });

  test('between UP and DEGRADED is one alert as well, which says what flaps', async () => {
    const { ops, heard, start } = await setup();
    const { see } = await start();
    await see('GU'.repeat(10));
    expect(heard().filter((text) => FLAPPING.includes(text))).toEqual(['firing flapping']);
    expect(ops.sent.find(({ alert }) => alert.rule === 'flapping')!.alert).toMatchObject({
      targetId: 'svc_a',
      instance: 'service_degraded',
      summary: expect.stringContaining('changes between well and unwell too often'),
    });
    expect(heard().length).toBe(7);
  });

  test('and is DOWN for good in the end is paged as DOWN once it is calm', async () => {
    const { ops, heard, start } = await setup();
    const { see } = await start();
    await see('DU'.repeat(4));
    const before = heard().length;
    await see('D'.repeat(12));
    expect(heard().slice(before).toSorted()).toEqual(['firing service_down', 'resolved flapping']);
    expect(
      ops.sent.find(({ kind, alert }) => kind === 'resolved' && alert.rule === 'flapping'),
    ).toMatchObject({
      alert: { summary: expect.stringContaining('it is unwell still') },
    });
    await see('U');
    expect(heard().at(-1)).toBe('resolved service_down');
  });

  test('rule 1: is not one whose checks come to nothing between', async () => {
    const { heard, start } = await setup();
    const { see } = await start();
    await see(`D${'?D'.repeat(4)}U${'?U'.repeat(4)}`);
    expect(heard()).toEqual(['firing service_down', 'resolved service_down']);
  });

  test('rule 6: is not one that its grace keeps quiet', async () => {
    const { heard, start } = await setup({ grace: 2 });
    const { see } = await start();
    await see('DU'.repeat(15));
    expect(heard()).toEqual([]);
  });

  test('rule 7: is not one that a window sees as down, which takes passes in a row to be over', async () => {
    const { heard, start } = await setup({ window: { violations: 3, of: 5 }, recoverAfter: 3 });
    const { see } = await start();
    await see('DU'.repeat(15));
    expect(heard()).toEqual(['firing service_down']);
    await see('UUU');
    expect(heard()).toEqual(['firing service_down', 'resolved service_down']);
  });

  test('rule 14: goes on to be one over a restart: nobody is paged anew', async () => {
    const { heard, start } = await setup();
    const first = await start();
    await first.see('DU'.repeat(4));
    const before = heard();
    expect(before.filter((text) => FLAPPING.includes(text))).toEqual(['firing flapping']);
    const stoppedAtMs = first.hub.clock.mono();
    await first.hub.shutdown();
    const second = await start(stoppedAtMs);
    await second.see('DU'.repeat(5));
    expect(heard()).toEqual(before);
    await second.see('U'.repeat(12));
    expect(heard()).toEqual([...before, 'resolved flapping']);
  });
});
