// Which metrics of rules are said to be unknown, over real series in memory and on virtual time. When it is asked is tested
// with the watch over rules.
import { TestClock } from '@guardia/kernel';
import { GuardiaError, parseCondition, type RuleConfig, type SeriesSelector } from '@guardia/model';
import { openSeries } from '@guardia/series';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askAll } from './asking.ts';
import { prepare } from './prepared.ts';
import type { RuleTarget } from './public.ts';
import { UnknownMetrics } from './unknown-metrics.ts';

const MINUTE_MS = 60_000;

class StorageBroken extends GuardiaError {
  readonly code = 'STORAGE_BROKEN';
}

function ruleOf(name: string, when: string, of: RuleConfig['of'] = {}): RuleConfig {
  const condition = parseCondition(when);
  const told = { alert: [], severity: 'warning', repeatMs: null, escalation: [] } as const;
  return { name, condition, recover: condition.limit, forMs: 0, windowMs: 5 * MINUTE_MS, of, ...told };
}

const target = (name: string, tag: string): RuleTarget => ({
  id: `srv_${name}`,
  kind: 'server',
  name,
  names: [`srv_${name}`, name],
  address: name,
  group: '',
  tags: [tag],
});
const TARGETS = [target('web-1', 'web'), target('db-1', 'db')];

async function setup(...rules: readonly RuleConfig[]) {
  const clock = new TestClock();
  const series = await openSeries({ backend: 'memory', path: '', clock });
  onTestFinished(() => series.close());
  const warnings: string[] = [];
  const broken = { isBroken: false, finds: 0 };
  const find = (selector: SeriesSelector, limit: number) => {
    broken.finds++;
    return broken.isBroken ? Promise.reject(new StorageBroken('disk full')) : series.find(selector, limit);
  };
  const unknown = new UnknownMetrics({ clock, series: { find }, warn: (text) => warnings.push(text) });
  let prepared = prepare({ rules, targets: TARGETS });
  const look = async () => {
    await askAll(prepared.questions, { clock, series });
    await unknown.look(prepared.prepared);
    return unknown.message;
  };
  return {
    warnings,
    broken,
    look,
    /** What is said after a look now, and another one so much later. */
    later: async (minutes = 11) => {
      await look();
      await clock.advance(minutes * MINUTE_MS);
      return look();
    },
    configure: (...next: readonly RuleConfig[]) => {
      prepared = prepare({ rules: next, targets: TARGETS });
    },
    add: (name: string, ...metrics: readonly string[]) =>
      series.append({
        targetId: `srv_${name}`,
        at: clock.wall() - 1,
        layout: { keys: metrics },
        values: Float64Array.from(metrics, () => 1),
      }),
  };
}

const message = (...metrics: readonly string[]) =>
  `no series for ${metrics.join(', ')}: such a rule can't fire`;

describe('rule 9: a metric of a rule', () => {
  test('that no target has is told after ten minutes, once, and no longer when it comes', async () => {
    const hub = await setup(ruleOf('busy', 'avg(cpu.usagee) > 90'));
    expect(await hub.later(9)).toBeNull();
    expect(await hub.later()).toBe(message('cpu.usagee (rule busy)'));
    expect(await hub.later()).toBe(message('cpu.usagee (rule busy)'));
    expect(hub.warnings).toEqual([
      "rule busy asks for cpu.usagee, but none of its targets has such a series: it can't fire until one comes. " +
        'GET /api/v1/series answers which there are',
    ]);
    hub.add('web-1', 'cpu.usagee');
    expect(await hub.look()).toBeNull();
  });

  test('that was there long ago is known, and one whose labels are other ones too', async () => {
    const hub = await setup(
      ruleOf('busy', 'avg(cpu.usage) > 90'),
      ruleOf('full', 'max(disk.used{mount="/data"}) > 90'),
    );
    hub.add('web-1', 'cpu.usage', 'disk.used{mount="/"}');
    hub.add('db-1', 'cpu.usage', 'disk.used{mount="/"}');
    expect(await hub.later(60)).toBeNull();
    expect(await hub.later(60)).toBeNull();
    expect([hub.broken.finds > 0, hub.warnings]).toEqual([true, []]);
  });

  test('is known once several targets have it, with other labels than the rule asks for', async () => {
    const hub = await setup(ruleOf('full', 'max(disk.used{mount="/data"}) > 90'));
    expect(await hub.later()).not.toBeNull();
    for (const { name } of TARGETS) hub.add(name, 'disk.used{mount="/"}');
    expect(await hub.later()).toBeNull();
  });

  test('that only others have than the targets of the rule is unknown to it', async () => {
    const hub = await setup(
      ruleOf('all', 'avg(app.queue) > 9'),
      ruleOf('db', 'avg(app.queue) > 9', { tag: 'db' }),
      ruleOf('one', 'avg(app.queue{target="wbe-1"}) > 9'),
      ruleOf('none', 'avg(app.queue) > 9', { tag: 'gone' }),
    );
    hub.add('web-1', 'app.queue');
    expect(await hub.later()).toBe(message('app.queue (rule db)', 'app.queue (rule one)'));
  });

  test('is each told by itself; patterns count as known by whatever they match', async () => {
    const hub = await setup(
      ruleOf('share', 'sum(app.hits) / sum(app.hitz) > 1'),
      ruleOf('any', 'max(app.*) > 9'),
      ruleOf('odd', 'max(ap.*) > 9'),
      ruleOf('down', 'count(down) > 1'),
    );
    hub.add('web-1', 'app.hits', 'app.misses');
    expect(await hub.later()).toBe(message('app.hitz (rule share)', 'ap.* (rule odd)'));
  });

  test('of a rule that is corrected or taken out is forgotten', async () => {
    const hub = await setup(ruleOf('busy', 'avg(cpu.usagee) > 90'));
    expect(await hub.later()).not.toBeNull();
    hub.configure(ruleOf('busy', 'avg(cpu.usage) > 90'));
    expect(await hub.look()).toBeNull();
  });

  test('stays what it was while storage can not say', async () => {
    const hub = await setup(ruleOf('busy', 'avg(cpu.usagee) > 90'));
    hub.broken.isBroken = true;
    expect(await hub.later()).toBeNull();
    hub.broken.isBroken = false;
    expect(await hub.look()).not.toBeNull();
    hub.broken.isBroken = true;
    expect(await hub.later()).not.toBeNull();
    expect(hub.warnings).toHaveLength(1);
  });

  test('is named with few others, however many there are', async () => {
    const hub = await setup(
      ...Array.from({ length: 8 }, (_, i) => ruleOf(`r${i}`, `avg(no.metric_${i}) > 1`)),
    );
    expect(await hub.later()).toMatch(/^no series for no\.metric_0 \(rule r0\), .* and 3 more: /);
  });
});
