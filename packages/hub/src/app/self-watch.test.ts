// What the hub raises about itself, and when it takes it back.
import { TestClock } from '@guardia/kernel';
import type { Delivery, HubEvent } from '@guardia/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RaisedCondition } from '../alerts/public.ts';
import { delivery } from '../api/test/hub-parts.ts';
import { diskUsedPercent, SelfWatch } from './self-watch.ts';

function setup(disk: readonly number[] = []) {
  const clock = new TestClock();
  const told: string[] = [];
  const conditions: RaisedCondition[] = [];
  const sizes = [...disk];
  const configured = new Set(['ops', 'hook']);
  const refusals: true[] = [];
  const watch = new SelfWatch({
    clock,
    folder: '/var/lib/guardia',
    usedPercent: async () => sizes.shift() ?? null,
    notifiers: () => ['ops', 'hook'],
    isNotifier: (name) => configured.has(name),
    async summaryOf(alertId) {
      if (alertId === 'alt_lost') throw new Error('the database is locked');
      return alertId === 'alt_gone' ? null : `${alertId} is down`;
    },
    alarm: {
      async raise(condition) {
        conditions.push(condition);
        told.push(`raise ${condition.rule} ${condition.instance}`);
      },
      async clear({ rule, instance }) {
        told.push(`clear ${rule} ${instance}`);
        if (refusals.pop() !== undefined) throw new Error('the alert engine is not running');
      },
    },
  });
  onTestFinished(() => watch.stop());
  const crash = (path = '/hub/collectors/srv_a'): HubEvent => ({
    type: 'actor',
    at: clock.wall(),
    path,
    what: 'crashed',
    message: 'TypeError: x',
  });
  return { clock, told, conditions, watch, crash, configured, refusals };
}

const deliveryEvent = (
  state: 'dead' | 'delivered',
  notifier = 'ops',
  over: Partial<Delivery> = {},
): HubEvent => ({
  type: 'delivery',
  at: 0,
  targetId: 'srv_a',
  delivery: delivery({ state, notifier, ...over }),
});

describe('the hub watches itself', () => {
  test('rule 16: a dead delivery is told to the other notifiers, until that one is reached again', async () => {
    const { watch, told, conditions, clock } = setup();
    watch.notice(deliveryEvent('dead'));
    await clock.settle();
    expect(conditions).toMatchObject([{ targetId: 'hub', severity: 'critical', notifiers: ['hook'] }]);
    expect(conditions[0]!.summary).toBe(
      'The notifier ops could not deliver 1 message about "alr_one is down" (the last error: the far side said 500). ' +
        'Try it with POST /api/v1/notifiers/ops/test and mend what it names; then send the message again, on the page or with POST /api/v1/deliveries/dlv_one/retry',
    );
    watch.notice(deliveryEvent('dead'));
    await clock.settle();
    watch.notice(deliveryEvent('delivered', 'hook'));
    watch.notice(deliveryEvent('delivered'));
    watch.notice(deliveryEvent('delivered'));
    expect(told).toEqual(['raise delivery_dead ops', 'clear delivery_dead ops']);
  });

  test('rule 16: those that die together are told together', async () => {
    const { watch, conditions, clock } = setup();
    for (const alertId of ['shop', 'alt_gone', 'alt_lost', 'web-1', 'db', 'db'])
      watch.notice(deliveryEvent('dead', 'on call', { alertId, lastError: `no room for ${alertId}` }));
    await clock.settle();
    expect(conditions.map(({ summary }) => summary)).toEqual([
      'The notifier on call could not deliver 6 messages about "shop is down", "web-1 is down" and 1 more (the last error: no room for db). ' +
        'Try it with POST /api/v1/notifiers/on%20call/test and mend what it names; then send them again, on the page or with POST /api/v1/deliveries/{id}/retry',
    ]);
  });

  test('one that is reached before that is told is well', async () => {
    const { watch, told, clock } = setup();
    watch.notice(deliveryEvent('dead'));
    watch.notice(deliveryEvent('delivered'));
    await clock.settle();
    expect(told).toEqual([]);
  });

  test('an actor that crashes three times within ten minutes, until it is calm for as long', async () => {
    const { watch, told, crash, clock } = setup();
    watch.start();
    watch.notice(crash());
    await clock.advance(600_000);
    watch.notice(crash());
    watch.notice(crash());
    expect(told).toEqual([]);
    watch.notice(crash('/hub/other'));
    watch.notice(crash());
    expect(told).toEqual(['raise actor_crashed /hub/collectors/srv_a']);
    await clock.advance(660_000);
    expect(told).toEqual([
      'raise actor_crashed /hub/collectors/srv_a',
      'clear actor_crashed /hub/collectors/srv_a',
    ]);
  });

  test('what an earlier run raised is taken back once it is well', async () => {
    const { watch, told, clock } = setup([50]);
    watch.start([
      { targetId: 'hub', rule: 'actor_crashed', instance: '/hub/x' },
      { targetId: 'hub', rule: 'hub_disk', instance: '/var/lib/guardia' },
    ]);
    await clock.settle();
    expect(told).toEqual(['clear hub_disk /var/lib/guardia']);
    await clock.advance(660_000);
    expect(told).toEqual(['clear hub_disk /var/lib/guardia', 'clear actor_crashed /hub/x']);
  });

  test('what an earlier run raised of a disk where the database is no more', () => {
    const { watch, told } = setup();
    watch.start([{ targetId: 'hub', rule: 'hub_disk', instance: '/old (critical)' }]);
    expect(told).toEqual(['clear hub_disk /old (critical)']);
  });

  test('a dead delivery of a notifier that was taken out, until that is seen', async () => {
    const { watch, told, clock, configured } = setup();
    watch.start();
    watch.notice(deliveryEvent('dead'));
    await clock.advance(60_000);
    configured.delete('ops');
    await clock.advance(120_000);
    expect(told).toEqual(['raise delivery_dead ops', 'clear delivery_dead ops']);
  });

  test('what alerts refused is told again', async () => {
    const { watch, told, clock, refusals } = setup();
    watch.start();
    watch.notice(deliveryEvent('dead'));
    await clock.settle();
    refusals.push(true, true);
    watch.notice(deliveryEvent('delivered'));
    await clock.advance(240_000);
    const cleared = 'clear delivery_dead ops';
    expect(told).toEqual(['raise delivery_dead ops', cleared, cleared, cleared]);
  });

  test('a disk that is nearly full, until it is clearly less so', async () => {
    const { watch, told, conditions, clock } = setup([89, 90, 98, 89, 87]);
    watch.start();
    for (let minute = 0; minute < 5; minute += 1) await clock.advance(60_000);
    expect(told).toEqual([
      'raise hub_disk /var/lib/guardia',
      'raise hub_disk /var/lib/guardia',
      'raise hub_disk /var/lib/guardia (critical)',
      'clear hub_disk /var/lib/guardia (critical)',
      'clear hub_disk /var/lib/guardia',
    ]);
    expect(conditions.map(({ severity, value, limit }) => [severity, value, limit])).toEqual([
      ['warning', 90, 90],
      ['warning', 98, 90],
      ['critical', 98, 97],
    ]);
  });

  test('a real disk is some percent full; of a folder that is not there nothing is known', async () => {
    const used = await diskUsedPercent(process.cwd());
    expect(used).toBeGreaterThan(0);
    expect(used).toBeLessThanOrEqual(100);
    expect(await diskUsedPercent('/no/such/folder')).toBeNull();
  });
});
