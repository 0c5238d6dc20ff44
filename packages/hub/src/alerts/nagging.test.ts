// Rule 13: reminders, escalation and acknowledgement, on the running domain with a real database.
import { describe, expect, test } from 'vitest';
import type { TargetRule } from './public.ts';
import { type RunningAlerts, type RunOptions, runAlerts, told } from './test/hub.ts';
import { until } from './test/kit.ts';
import { RecordingNotifier } from './test/notifiers.ts';
import { cleared, raised, target, USAGE_RULE, usage } from './test/observations.ts';

const MINUTE_MS = 60_000;

async function setup(rule: Partial<TargetRule>, more: Partial<RunOptions> = {}) {
  const [ops, boss] = [new RecordingNotifier('ops'), new RecordingNotifier('boss')];
  const nagging: TargetRule = { ...USAGE_RULE, notifiers: ['ops'], ...rule };
  const hub = await runAlerts({ notifiers: [ops, boss], targets: [target('srv_a', [nagging])], ...more });
  const at = () => hub.clock.wall();
  const fire = () => hub.ingest.observe(usage('srv_a', 99, at()));
  const recover = () => hub.ingest.observe(usage('srv_a', 1, at()));
  const kinds = (notifier: RecordingNotifier) => notifier.sent.map(({ kind }) => kind);
  return { hub, ops, boss, fire, recover, kinds };
}

/** Lets time pass in steps, each as long as the database takes: time must not run away from what is due in it. */
async function pass(hub: RunningAlerts, minutes: number): Promise<void> {
  for (let step = 0; step < minutes * 6; step += 1) {
    await hub.clock.advance(10_000);
    await hub.ingest.observe(usage('srv_none', 1, 0));
    await hub.reader.counts();
    await hub.clock.settle();
  }
}

describe('rule 13: reminders', () => {
  test('come after each interval while it fires, and no more once it is over', async () => {
    const { hub, ops, fire, recover, kinds } = await setup({ repeatMs: 10 * MINUTE_MS });
    await fire();
    await until(() => ops.sent.length === 1);
    await pass(hub, 11);
    await until(() => ops.sent.length === 2);
    await pass(hub, 10);
    await until(() => ops.sent.length === 3);
    await recover();
    await until(() => ops.sent.length === 4);
    await pass(hub, 30);
    expect(kinds(ops)).toEqual(['firing', 'reminder', 'reminder', 'resolved']);
    const { id } = ops.sent[0]!.alert;
    expect(ops.sent.map(({ dedupeKey }) => dedupeKey)).toEqual([
      `${id}:firing`,
      `${id}:reminder:600000`,
      `${id}:reminder:1200000`,
      `${id}:resolved`,
    ]);
  });

  test('that were missed are one: a clock that jumps a day ahead makes no storm', async () => {
    const { hub, ops, fire, kinds } = await setup({ repeatMs: 10 * MINUTE_MS });
    await fire();
    await until(() => ops.sent.length === 1);
    hub.clock.jumpWall(86_400_000);
    await pass(hub, 1);
    await until(() => ops.sent.length === 2);
    expect(kinds(ops)).toEqual(['firing', 'reminder']);
  });

  test('of a notifier that did not answer for long come as one, behind the beginning', async () => {
    const { hub, ops, fire, kinds } = await setup({ repeatMs: 10 * MINUTE_MS });
    ops.next({ type: 'retry', afterMs: 55 * MINUTE_MS, error: 'busy' });
    await fire();
    await until(() => told(hub).includes('firing pending'));
    await pass(hub, 54);
    expect(kinds(ops)).toEqual(['firing']);
    await pass(hub, 2);
    await until(() => ops.sent.length >= 3);
    await hub.clock.settle();
    expect(kinds(ops)).toEqual(['firing', 'firing', 'reminder']);
    expect(ops.sent.at(-1)!.dedupeKey).toMatch(/:reminder:3000000$/);
  });

  test('do not go to a notifier that the rule tells no more', async () => {
    const { hub, ops, boss, fire, recover, kinds } = await setup({
      repeatMs: 10 * MINUTE_MS,
      notifiers: ['ops', 'boss'],
    });
    await fire();
    await until(() => ops.sent.length === 1 && boss.sent.length === 1);
    await hub.ingest.configure([target('srv_a', [{ ...USAGE_RULE, repeatMs: 10 * MINUTE_MS }])]);
    await pass(hub, 11);
    await until(() => ops.sent.length === 2);
    await recover();
    await until(() => ops.sent.length === 3 && boss.sent.length === 2);
    expect([kinds(ops), kinds(boss)]).toEqual([
      ['firing', 'reminder', 'resolved'],
      ['firing', 'resolved'],
    ]);
  });

  test('wait while something holds the alert', async () => {
    let held = false;
    const holdOf = () => (held ? ({ reason: 'mute', by: '' } as const) : null);
    const { hub, ops, fire, kinds } = await setup({ repeatMs: 10 * MINUTE_MS }, { holdOf });
    await fire();
    await until(() => ops.sent.length === 1);
    held = true;
    await pass(hub, 25);
    expect(kinds(ops)).toEqual(['firing']);
    held = false;
    await pass(hub, 1);
    await until(() => ops.sent.length === 2);
    expect(kinds(ops)).toEqual(['firing', 'reminder']);
  });
});

describe('rule 13: escalation', () => {
  const escalation = [{ afterMs: 15 * MINUTE_MS, alert: ['boss'] }];

  test('tells others after its time, and they hear of the end as well', async () => {
    const { hub, ops, boss, fire, recover, kinds } = await setup({ escalation });
    await fire();
    await pass(hub, 14);
    expect(boss.sent).toEqual([]);
    await pass(hub, 2);
    await until(() => boss.sent.length === 1);
    await recover();
    await until(() => boss.sent.length === 2 && ops.sent.length === 2);
    expect([kinds(ops), kinds(boss)]).toEqual([
      ['firing', 'resolved'],
      ['escalation', 'resolved'],
    ]);
  });

  test('happens once, over a restart of the engine too', async () => {
    const { hub, boss, fire } = await setup({ escalation });
    await fire();
    await pass(hub, 16);
    await until(() => boss.sent.length === 1);
    await hub.system.restart(hub.system.whereIs('alert-engine')!);
    await pass(hub, 16);
    expect(boss.sent).toHaveLength(1);
  });

  test('does not happen to what somebody has seen', async () => {
    const { hub, ops, boss, fire, kinds } = await setup({ escalation, repeatMs: 10 * MINUTE_MS });
    await fire();
    const [firing] = await hub.reader.current({ limit: 1 });
    const alert = await hub.control.acknowledge(firing!.id, { by: 'ana', note: 'on it' });
    expect(alert?.acknowledged).toEqual({ at: hub.clock.wall(), by: 'ana', note: 'on it' });
    await pass(hub, 30);
    expect([kinds(ops), kinds(boss)]).toEqual([['firing'], []]);
  });
});

describe('rule 13: an acknowledgement', () => {
  test('is kept over a restart, is told to observers, and ends with the alert', async () => {
    const { hub, fire, recover } = await setup({});
    await fire();
    const [firing] = await hub.reader.current({ limit: 1 });
    await hub.control.acknowledge(firing!.id, { by: 'ana', note: '' });
    const told = hub.events.filter((event) => event.type === 'alert').at(-1);
    expect(told).toMatchObject({ alert: { acknowledged: { by: 'ana' } } });
    await hub.system.restart(hub.system.whereIs('alert-engine')!);
    await recover();
    expect(await hub.reader.history({ limit: 1 })).toMatchObject([
      { state: 'resolved', acknowledged: { by: 'ana' } },
    ]);
    await fire();
    expect(await hub.reader.current({ limit: 1 })).toMatchObject([{ acknowledged: null }]);
  });

  test('stays as it was first given, until there is something new to note', async () => {
    const { hub, fire } = await setup({});
    await fire();
    const [firing] = await hub.reader.current({ limit: 1 });
    const see = async (by: string, note: string) =>
      (await hub.control.acknowledge(firing!.id, { by, note }))?.acknowledged;
    const first = await see('ana', 'on it');
    await pass(hub, 5);
    expect(await see('ana', '')).toEqual(first);
    expect(await see('bob', '')).toEqual(first);
    expect(await see('bob', 'took over')).toEqual({ at: hub.clock.wall(), by: 'bob', note: 'took over' });
    const [now] = await hub.reader.current({ limit: 1 });
    expect(now?.acknowledged?.note).toBe('took over');
  });

  test('of what does not fire is refused', async () => {
    const { hub } = await setup({});
    expect(await hub.control.acknowledge('alt_none', { by: 'ana', note: '' })).toBeUndefined();
  });
});

describe('rule 13: a raised condition', () => {
  const policy = { repeatMs: 10 * MINUTE_MS, escalation: [{ afterMs: 5 * MINUTE_MS, alert: ['boss'] }] };

  test('is told again, and to others, as whoever raised it says', async () => {
    const { hub, ops, boss, kinds } = await setup({});
    await hub.ingest.observe(raised(hub.clock.wall(), policy));
    await until(() => ops.sent.length === 1);
    await pass(hub, 11);
    await until(() => ops.sent.length === 2 && boss.sent.length === 2);
    await hub.ingest.observe(cleared(hub.clock.wall()));
    await until(() => ops.sent.length === 3 && boss.sent.length === 3);
    expect(kinds(ops)).toEqual(['firing', 'reminder', 'resolved']);
    expect(kinds(boss)).toEqual(['escalation', 'reminder', 'resolved']);
  });

  test('that was raised to be told once is told again when it is raised so', async () => {
    const { hub, ops, kinds } = await setup({});
    await hub.ingest.observe(raised(hub.clock.wall()));
    await until(() => ops.sent.length === 1);
    await pass(hub, 11);
    expect(kinds(ops)).toEqual(['firing']);
    await hub.ingest.observe(raised(hub.clock.wall(), policy));
    await pass(hub, 1);
    await until(() => ops.sent.length === 2);
    expect(kinds(ops)).toEqual(['firing', 'reminder']);
  });
});
