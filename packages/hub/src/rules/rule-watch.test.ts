// Rule 9: rules over many targets, on virtual time, with real series in memory and the real alerts behind them.
import { childOf, startChild, supervisor } from '@guardia/kernel';
import { GuardiaError, parseCondition, type RuleConfig, sampleKey } from '@guardia/model';
import { openSeries, type SeriesStore } from '@guardia/series';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runAlerts } from '../alerts/test/hub.ts';
import type { RuleTarget, TargetState, Watched } from './public.ts';
import { type RuleWatchArgs, type RuleWatchProtocol, ruleWatch } from './rule-watch.ts';
import { UnknownMetrics } from './unknown-metrics.ts';

class StorageBroken extends GuardiaError {
  readonly code = 'STORAGE_BROKEN';
}

function ruleOf(when: string, over: Partial<RuleConfig> = {}): RuleConfig {
  const condition = parseCondition(when);
  return {
    name: 'half',
    condition,
    recover: condition.limit,
    forMs: 0,
    windowMs: 300_000,
    of: {},
    alert: ['ops'],
    severity: 'critical',
    repeatMs: null,
    escalation: [],
    ...over,
  };
}

const target = (name: string, over: Partial<RuleTarget> = {}): RuleTarget => ({
  id: `srv_${name}`,
  kind: 'server',
  name,
  names: [`srv_${name}`, name],
  address: `${name}.example:51243`,
  group: 'db',
  tags: ['db'],
  ...over,
});

const DB = ['db-1', 'db-2', 'db-3'].map((name) => target(name));
const WEB = target('web-1', { group: '', tags: ['web'] });

async function setup(...rules: readonly RuleConfig[]) {
  const alerts = await runAlerts();
  const { clock, system } = alerts;
  const opened = await openSeries({ backend: 'memory', path: '', clock });
  onTestFinished(() => opened.close());
  const series: { query: SeriesStore['query'] } = { query: (...asked) => opened.query(...asked) };
  const states = new Map<string, TargetState>();
  const warnings: string[] = [];
  const refuse: { error: Error | null } = { error: null };
  const made = {
    watched: { rules, targets: [...DB, WEB] } as Watched | null,
    isBlind: false,
  };
  const observe: typeof alerts.ingest.observe = (seen) =>
    refuse.error === null ? alerts.ingest.observe(seen) : Promise.reject(refuse.error);
  const warn = (text: string) => void warnings.push(text);
  const unknown = new UnknownMetrics({ clock, series: opened, warn });
  const args: RuleWatchArgs = {
    clock,
    series,
    alerts: alerts.reader,
    alarm: {
      raise: (condition) => observe({ type: 'raised', at: clock.wall(), condition }),
      clear: (key, summary) => observe({ type: 'cleared', at: clock.wall(), key, summary }),
    },
    watched: () => made.watched,
    stateOf: ({ name }) => states.get(name) ?? 'up',
    isBlind: () => made.isBlind,
    warn,
    unknown,
  };
  const start = () => childOf(ruleWatch, args);
  const tier = await system.spawn(supervisor({ children: [] }));
  const spawn = (id: string) => startChild<RuleWatchProtocol>(tier, { id, start });
  let watch = await spawn('rules');
  const set = (state: TargetState, ...names: readonly string[]) => {
    for (const name of names) states.set(name, state);
  };
  const configure = (...next: readonly RuleConfig[]) => {
    made.watched = { rules: next, targets: made.watched!.targets };
  };
  return Object.assign(made, {
    alerts,
    clock,
    series,
    warnings,
    unknown,
    refuse,
    set,
    configure,
    look: () => watch.ask({ type: 'Look' }),
    /** Passes so many looks of the watch's own time. */
    pass: async (count: number) => {
      for (let i = 0; i < count; i++) {
        await clock.advance(15_000);
        // a message behind the timer's own
        await watch.ask({ type: 'Look' });
      }
    },
    restart: async () => {
      watch = await spawn('rules-again');
    },
    add: (id: string, samples: Readonly<Record<string, number>>, secondsAgo = 10) =>
      opened.append({
        targetId: id,
        at: clock.wall() - secondsAgo * 1_000,
        layout: { keys: Object.keys(samples) },
        values: Float64Array.from(Object.values(samples)),
      }),
    /** What fires, in words. */
    fires: async () => {
      const current = await alerts.reader.current({ limit: 100 });
      return current.map(({ targetId, instance, summary }) => `${targetId} ${instance}: ${summary}`).sort();
    },
    history: async () => {
      const all = await alerts.reader.history({ limit: 100 });
      return all.map(({ state, summary }) => `${state}: ${summary}`);
    },
  });
}

describe('rule 9: a rule that counts targets', () => {
  test('is one alert that names them: any 2 of group db', async () => {
    const hub = await setup(ruleOf('count(down) >= 2', { of: { group: 'db', kind: 'server' } }));
    hub.set('down', 'db-1', 'web-1');
    await hub.look();
    expect(await hub.fires()).toEqual([]);
    hub.set('down', 'db-3');
    await hub.look();
    expect(await hub.fires()).toEqual(['hub half: 2 of 3 servers of group db are down: db-1, db-3']);
    const [alert] = await hub.alerts.reader.current({ limit: 1 });
    expect(alert).toMatchObject({
      rule: 'custom:rule',
      targetName: 'half',
      severity: 'critical',
      value: 2,
      limit: 2,
      notifiers: ['ops'],
    });
    hub.set('up', 'db-1');
    await hub.look();
    expect(await hub.history()).toEqual(['resolved: 1 of 3 servers of group db is down: db-3']);
  });

  test('more than half must be down for two minutes', async () => {
    const hub = await setup(ruleOf('count(down) / count(all) > 0.5', { of: { tag: 'd*' }, forMs: 120_000 }));
    hub.set('down', 'db-1', 'db-2');
    await hub.pass(8);
    expect(await hub.fires()).toEqual([]);
    await hub.pass(1);
    expect(await hub.fires()).toEqual(['hub half: 2 of 3 targets of tag d* are down: db-1, db-2']);
  });

  test('says of what must not be few which ones are missing', async () => {
    const hub = await setup(ruleOf('count(up) < 2', { of: { target: 'db-*' } }));
    hub.set('down', 'db-1', 'db-2');
    await hub.look();
    expect(await hub.fires()).toEqual(['hub half: 1 of 3 targets called db-* is up; not db-1, db-2']);
  });

  test('rule 1: neither begins nor ends while what decides is unknown', async () => {
    const hub = await setup(ruleOf('count(down) >= 2', { of: { tag: 'db' } }));
    hub.set('down', 'db-1', 'db-2');
    await hub.look();
    hub.set('unknown', 'db-2');
    await hub.look();
    expect(await hub.fires()).toHaveLength(1);
    hub.set('up', 'db-1', 'db-2');
    hub.isBlind = true;
    await hub.look();
    expect(await hub.fires()).toHaveLength(1);
    hub.isBlind = false;
    await hub.look();
    expect(await hub.fires()).toEqual([]);
  });

  test('counts alerts that fire, those of rules not among them', async () => {
    const hub = await setup(
      ruleOf('count(firing) > 0', { name: 'some' }),
      ruleOf('count(firing) > 1', { name: 'more' }),
    );
    const key = { targetId: 'srv_db-1', rule: 'custom:raid', instance: '' } as const;
    const raid = { ...key, targetName: 'db-1', address: '', severity: 'info', summary: 'raid' } as const;
    const condition = { ...raid, value: null, limit: null, unit: '', notifiers: [] };
    await hub.alerts.ingest.observe({ type: 'raised', at: hub.clock.wall(), condition });
    await hub.look();
    await hub.look();
    expect(await hub.fires()).toEqual(['hub some: 1 of 4 targets is firing: db-1', 'srv_db-1 : raid']);
  });

  test('that is about no target finds nothing', async () => {
    const hub = await setup(ruleOf('count(up) == 0', { of: { tag: 'gone' } }));
    await hub.look();
    await hub.look();
    expect(await hub.fires()).toEqual([]);
  });
});

describe('rule 9: a rule over series', () => {
  test('is one alert per row that breaks it, of the target itself', async () => {
    const hub = await setup(ruleOf('avg(cpu.usage) > 90', { name: 'busy', of: { tag: 'db' } }));
    hub.add('srv_db-1', { 'cpu.usage': 95.25 });
    hub.add('srv_db-2', { 'cpu.usage': 20 });
    hub.add('srv_web-1', { 'cpu.usage': 99 });
    await hub.look();
    expect(await hub.fires()).toEqual(['srv_db-1 busy: avg(cpu.usage) > 90 holds for db-1: it is 95.25']);
    for (const ago of [5, 4, 3]) hub.add('srv_db-1', { 'cpu.usage': 5 }, ago);
    await hub.look();
    expect(await hub.history()).toEqual([
      'resolved: avg(cpu.usage) > 90 no longer holds for db-1: it is 27.56',
    ]);
  });

  test('goes over the last window, whatever the time of day', async () => {
    const hub = await setup(ruleOf('max(cpu.usage) > 90', { windowMs: 60_000 }));
    hub.add('srv_db-1', { 'cpu.usage': 99 }, 55);
    hub.add('srv_db-2', { 'cpu.usage': 99 }, 65);
    hub.add('srv_db-2', { 'cpu.usage': 9 }, 1);
    await hub.look();
    expect(await hub.fires()).toHaveLength(1);
    expect((await hub.fires())[0]).toContain('for db-1');
  });

  test('tells rows of a target apart by their labels, and finds targets by name', async () => {
    const hub = await setup(
      ruleOf('last(disk.used{target="db-1"}) / 10 > 5', { name: 'full' }),
      ruleOf('sum by () (last(disk.used)) > 100', { name: 'all' }),
      ruleOf('last(disk.*{target=~"db-.*"}) >= 70', { name: 'any' }),
    );
    const mount = (at: string) => sampleKey('disk.used', { mount: at });
    hub.add('srv_db-1', { [mount('/')]: 60, [mount('/srv')]: 40 });
    hub.add('srv_db-2', { [mount('/')]: 70 });
    await hub.look();
    expect(await hub.fires()).toEqual([
      'hub all: sum by () (last(disk.used)) > 100 holds: it is 170',
      'srv_db-1 full{mount="/"}: last(disk.used{target="db-1"}) / 10 > 5 holds for db-1 (mount /): it is 6',
      'srv_db-2 any{__name__="disk.used",mount="/"}: last(disk.*{target=~"db-.*"}) >= 70 holds for db-2 ' +
        '(mount /, metric disk.used): it is 70',
    ]);
  });

  test('rule 1: a row without readings goes on as it was', async () => {
    const hub = await setup(ruleOf('avg(cpu.usage) > 90'));
    hub.add('srv_db-1', { 'cpu.usage': 99 });
    await hub.look();
    await hub.clock.advance(600_000);
    await hub.look();
    expect(await hub.fires()).toHaveLength(1);
  });

  test('that storage refuses goes on as it was, and says why once', async () => {
    const hub = await setup(ruleOf('avg(cpu.usage) > 90'));
    hub.add('srv_db-1', { 'cpu.usage': 99 });
    await hub.look();
    hub.series.query = () => Promise.reject(new StorageBroken('no disk'));
    await hub.look();
    await hub.look();
    expect(await hub.fires()).toHaveLength(1);
    expect(hub.warnings).toEqual(["rule half can't be evaluated: no disk"]);
  });

  test('asks storage once for the same series', async () => {
    const hub = await setup(
      ruleOf('avg(cpu.usage) > 90', { name: 'warm' }),
      ruleOf('max by () (avg(cpu.usage)) / 2 > 95', { name: 'hot' }),
      ruleOf('avg(cpu.usage) > 95', { name: 'hot db', of: { tag: 'db' } }),
    );
    let asked = 0;
    const { query } = hub.series;
    hub.series.query = (...question) => {
      asked += 1;
      return query(...question);
    };
    await hub.look();
    expect(asked).toBe(2);
  });
});

test('labels too long for an index, or not storable as they are, are alerts of their own', async () => {
  const hub = await setup(ruleOf('last(disk.used) > 50', { name: 'full' }));
  const mount = (at: string) => sampleKey('disk.used', { mount: at });
  const long = 'a'.repeat(3_000);
  hub.add('srv_db-1', { [mount(`${long}1`)]: 60, [mount(`${long}2`)]: 60, [mount('\0')]: 60 });
  await hub.look();
  await hub.look();
  const fires = await hub.alerts.reader.current({ limit: 100 });
  expect(fires.map(({ instance }) => [instance.slice(0, 15), instance.length < 600]).sort()).toEqual([
    ['full{mount="aaa', true],
    ['full{mount="aaa', true],
    ['full{mount="\uFFFD"}', true],
  ]);
  expect(await hub.history()).toHaveLength(3);
});

describe('alerts of a rule', () => {
  test('end with the rule, and with the target', async () => {
    const [few, busy] = [ruleOf('count(down) > 0'), ruleOf('avg(cpu.usage) > 90', { name: 'busy' })];
    const hub = await setup(few, busy);
    hub.set('down', 'db-1');
    hub.add('srv_db-1', { 'cpu.usage': 99 });
    await hub.look();
    expect(await hub.fires()).toHaveLength(2);
    hub.watched = { rules: [busy], targets: [WEB] };
    await hub.look();
    expect((await hub.history()).sort()).toEqual([
      'resolved: The rule busy is no longer about it',
      'resolved: The rule is no longer in the configuration',
    ]);
  });

  test('stay when the rule changes and it still holds', async () => {
    const hub = await setup(ruleOf('count(down) > 0'));
    hub.set('down', 'db-1');
    await hub.look();
    hub.configure(ruleOf('count(down) >= 1', { forMs: 600_000 }));
    await hub.look();
    expect(await hub.fires()).toHaveLength(1);
    hub.configure(ruleOf('count(down) > 1'));
    await hub.look();
    expect(await hub.fires()).toEqual([]);
    expect(await hub.history()).toHaveLength(1);
  });

  test('rule 14: are known after a restart: told once, and over when they are', async () => {
    const rules = [ruleOf('count(down) > 0', { forMs: 15_000 }), ruleOf('count(up) < 9', { name: 'gone' })];
    const hub = await setup(...rules);
    hub.set('down', 'db-1');
    await hub.pass(2);
    expect(await hub.fires()).toHaveLength(2);
    hub.watched = null;
    await hub.restart();
    await hub.look();
    expect(await hub.fires()).toHaveLength(2);
    hub.watched = { rules: rules.slice(0, 1), targets: [...DB, WEB] };
    hub.set('unknown', 'db-1', 'db-2', 'db-3', 'web-1');
    await hub.look();
    expect(await hub.fires()).toHaveLength(1);
    hub.set('up', 'db-1', 'db-2', 'db-3', 'web-1');
    await hub.look();
    expect(await hub.fires()).toEqual([]);
    expect(await hub.history()).toHaveLength(2);
  });

  test('whose metric nobody has are told of once, after ten minutes that the hub saw', async () => {
    const hub = await setup(ruleOf('avg(cpu.usagee) > 90', { name: 'busy' }));
    hub.isBlind = true;
    await hub.pass(50);
    hub.isBlind = false;
    await hub.pass(40);
    expect([hub.warnings, hub.unknown.message]).toEqual([[], null]);
    await hub.pass(60);
    expect(hub.warnings).toEqual([expect.stringContaining('rule busy asks for cpu.usagee')]);
    expect(hub.unknown.message).toContain('cpu.usagee (rule busy)');
    hub.add('srv_db-1', { 'cpu.usagee': 20 });
    await hub.look();
    expect(hub.unknown.message).toBeNull();
    expect(await hub.fires()).toEqual([]);
  });

  test('are told at the next look when storage refused them', async () => {
    const hub = await setup(ruleOf('count(down) > 0'));
    hub.set('down', 'db-1');
    hub.refuse.error = new StorageBroken('disk full');
    await hub.look();
    expect(await hub.fires()).toEqual([]);
    hub.refuse.error = null;
    await hub.look();
    expect(await hub.fires()).toHaveLength(1);
    hub.set('up', 'db-1');
    hub.refuse.error = new StorageBroken('disk full');
    await hub.look();
    hub.refuse.error = null;
    await hub.look();
    expect(await hub.fires()).toEqual([]);
  });
});
