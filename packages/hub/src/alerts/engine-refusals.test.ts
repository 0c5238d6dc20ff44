// That what a database refuses of one alert stops no other, and that many changes are committed in parts. The two names
// that make a refusal here are one in every database; agents and exporters never let them in.
import { describe, expect, it } from 'vitest';
import { gatedDb } from './test/gated-db.ts';
import { runAlerts } from './test/hub.ts';
import { until } from './test/kit.ts';
import { RecordingNotifier } from './test/notifiers.ts';
import { frame, target, USAGE_RULE, usage } from './test/observations.ts';

const DISK_RULE = { ...USAGE_RULE, rule: 'disk' } as const;
const EVIL = target('srv_evil', [DISK_RULE, USAGE_RULE]);
const disk = (mount: string) => `disk.used_percent{mount="${mount}"}`;
const twoOfOneName = (at: number, used = 99) =>
  frame('srv_evil', { [disk('/a\ufffd')]: 99, [disk('/a\ud801')]: used, 'cpu.usage': 99 }, at);

async function setup(notifiers: readonly RecordingNotifier[] = []) {
  const { db, gate } = await gatedDb();
  const hub = await runAlerts({ db, notifiers, targets: [EVIL, target('srv_good')] });
  const firing = async () =>
    (await hub.reader.current({ limit: 99 })).map(({ targetId, rule }) => `${targetId} ${rule}`).sort();
  return { hub, gate, firing };
}

describe('an alert that the database refuses', () => {
  it('is refused alone: neither other alerts nor the engine end with it', async () => {
    const ops = new RecordingNotifier('ops');
    const { hub, firing } = await setup([ops]);
    const engine = hub.system.whereIs('alert-engine');
    const answers = await Promise.allSettled([
      hub.ingest.observe(usage('srv_good', 10, 1)),
      hub.ingest.observe(twoOfOneName(1)),
      hub.ingest.observe(usage('srv_good', 99, 1)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await firing()).toEqual(['srv_evil disk', 'srv_evil usage', 'srv_good usage']);
    expect(hub.warnings).toEqual(['an alert could not be stored']);
    expect(hub.system.whereIs('alert-engine')).toBe(engine);
    await until(() => ops.sent.length === 4);
    expect(ops.sent.map(({ alert }) => alert.rule).sort()).toEqual(['disk', 'storage', 'usage', 'usage']);
    expect(ops.sent.find(({ alert }) => alert.rule === 'storage')!.alert.summary).toMatch(
      /^Guardia can't store an alert of name of srv_evil \(disk\), and tells nobody of it; others are told\. /,
    );
  });

  it('is tried again at the next observation, and stored once it can be; its target is judged on', async () => {
    const { hub, firing } = await setup();
    for (const at of [1, 2, 3, 4, 5, 6, 7, 8])
      await expect(hub.ingest.observe(twoOfOneName(at))).rejects.toThrow();
    await hub.ingest.observe(frame('srv_evil', { [disk('/a\ufffd')]: 1, 'cpu.usage': 1 }, 9));
    expect(await firing()).toEqual([]);
    await hub.ingest.observe(frame('srv_evil', { [disk('/a\ud801')]: 99 }, 10));
    expect(await firing()).toEqual(['srv_evil disk']);
    expect(await hub.reader.history({ limit: 99 })).toHaveLength(3);
  });

  it('takes with it what follows from it, of its own target alone', async () => {
    const { hub, gate, firing } = await setup();
    gate.shut = true;
    const first = hub.ingest.observe(usage('srv_good', 99, 1));
    await hub.clock.settle();
    const refused = hub.ingest.observe(twoOfOneName(1));
    await hub.clock.settle();
    gate.release();
    await first;
    const after = [twoOfOneName(2, 1), usage('srv_good', 1, 2)].map((each) => hub.ingest.observe(each));
    const answers = Promise.allSettled([refused, ...after]);
    await hub.clock.settle();
    gate.shut = false;
    gate.release();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(await firing()).toEqual(['srv_evil disk', 'srv_evil usage']);
  });
});

it('commits in parts what is too much for one transaction, and answers after the last', async () => {
  const { db, gate } = await gatedDb();
  const notifiers = Array.from({ length: 14 }, (_, i) => `ops-${i}`);
  const hub = await runAlerts({ db, targets: [target('srv_a', [{ ...DISK_RULE, notifiers }])] });
  const long = 'x'.repeat(20_000);
  const disks = Array.from({ length: 30 }, (_, i) => [disk(`/${i}${long}`), 99]);
  await hub.ingest.observe(frame('srv_a', Object.fromEntries(disks), 1));
  expect(gate.batches).toBeGreaterThan(1);
  expect(gate.batches).toBeLessThan(10);
  expect(await hub.reader.current({ limit: 99 })).toHaveLength(30);
});
