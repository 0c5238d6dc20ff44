// A hundred rules over series, each with a metric of its own and about all of a thousand targets, looked at every 15 s as the
// hub does: the share of a core that it takes. Limits of single targets are left to pairs.ts.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ActorSystem, systemClock, TestClock } from '@guardia/kernel';
import { type Frame, type FrameLayout, parseCondition, type RuleConfig } from '@guardia/model';
import { openSeries, type SeriesStore } from '@guardia/series';
import type { RuleTarget } from '../../packages/hub/src/rules/public.ts';
import { ruleWatch } from '../../packages/hub/src/rules/rule-watch.ts';
import { UnknownMetrics } from '../../packages/hub/src/rules/unknown-metrics.ts';
import type { Bench } from '../checks/bench.ts';
import { type AlertDomain, NOTIFIER, startAlerts } from './domain.ts';

const TARGETS = 1000;
const RULES = 100;
const ROUND_MS = 15_000;
/** Every so many targets have one value that breaks a rule all the time, each another one. */
const TROUBLED_EVERY = 20;
const LIMIT = 90;
const TROUBLED = 99;
/** Longest wait for one look, on a machine that has other things to do. */
const PATIENCE_MS = 60_000;
const UNDER_20 = { op: '<', value: 20 } as const;
const LAYOUT: FrameLayout = { keys: Array.from({ length: RULES }, (_, m) => `app.metric_${m}`) };

export async function measureFleetRules({ report, folder }: Bench): Promise<void> {
  if (report.quick) {
    report.note('left out of a quick run: filling the history alone takes most of a minute');
    return;
  }
  const series = await openSeries({ backend: 'sqlite', path: join(folder, 'fleet.db'), clock: systemClock });
  const domain = await startAlerts({ path: join(folder, 'fleet-alerts.db'), targets: [], sendMs: 0 });
  // Looks are asked for, one per round, instead of by its timer: each is measured to its end.
  const system = new ActorSystem({ clock: new TestClock() });
  try {
    report.note(
      `${RULES} rules, each over the last 5 minutes of one metric of ${TARGETS} targets, every 15 s;`,
    );
    report.note('all threads of the process, the writing of what is looked at included');
    await fill(series, 120);
    const watch = await system.spawn(ruleWatch, argsOf(series, domain));
    const look = () => watch.ask({ type: 'Look' }, { timeoutMs: PATIENCE_MS });
    // Code is compiled, the first look counts rows, and what is to fire does
    for (let i = 0; i < 4; i++) await look();
    report.figure('writing_core_percent', await share(series, 2), '% of a core');
    const cpu = await share(series, 8, look);
    report.figure('fleet_rules_100_selectors_core_percent', cpu, '% of a core', UNDER_20);
    const firing = await domain.reader.current({ limit: 1_000 });
    report.figure('fleet_rules_firing', firing.length, 'alerts', {
      op: '=',
      value: TARGETS / TROUBLED_EVERY,
    });
  } finally {
    await system.shutdown();
    await domain.stop();
    await series.close();
  }
}

function argsOf(series: SeriesStore, { ingest, reader }: AlertDomain) {
  const watched = { rules: LAYOUT.keys.map(ruleOf), targets: Array.from({ length: TARGETS }, targetOf) };
  return {
    clock: systemClock,
    series,
    alerts: reader,
    alarm: {
      raise: (condition) => ingest.observe({ type: 'raised', at: Date.now(), condition }),
      clear: (key, summary) => ingest.observe({ type: 'cleared', at: Date.now(), key, summary }),
    },
    watched: () => watched,
    stateOf: () => 'up',
    isBlind: () => false,
    warn: console.error,
    unknown: new UnknownMetrics({ clock: systemClock, series, warn: console.error }),
  } satisfies Parameters<typeof ruleWatch.init>[1];
}

function ruleOf(metric: string): RuleConfig {
  return {
    name: `high ${metric}`,
    condition: parseCondition(`avg(${metric}) > ${LIMIT}`),
    recover: LIMIT,
    forMs: 0,
    windowMs: 300_000,
    of: {},
    alert: [NOTIFIER],
    severity: 'warning',
    repeatMs: null,
    escalation: [],
  };
}

function targetOf(_: unknown, i: number): RuleTarget {
  const [id, name] = [`srv_${i}`, `server-${i}`];
  return {
    id,
    kind: 'server',
    name,
    names: [id, name],
    address: `${name}.example:51243`,
    group: '',
    tags: [],
  };
}

/** Values with two decimals that change with every frame. */
function frameOf(i: number, at: number): Frame {
  const values = Float64Array.from(
    LAYOUT.keys,
    (_, m) => ((i * 31 + m * 17 + Math.floor(at / 1_000) * 7) % 8_000) / 100,
  );
  if (i % TROUBLED_EVERY === 0) values[(i / TROUBLED_EVERY) % RULES] = TROUBLED;
  return { targetId: `srv_${i}`, at, layout: LAYOUT, values };
}

/** What so many rounds before now would have stored. */
async function fill(series: SeriesStore, rounds: number): Promise<void> {
  const now = Date.now();
  for (let n = -rounds * TARGETS; n < 0; n++)
    await series.append(
      frameOf((n + rounds * TARGETS) % TARGETS, Math.floor(now + (n * ROUND_MS) / TARGETS)),
    );
  await series.flush();
}

/** Each target is read once a round, and all of them are looked at once.
 *  @returns percent of a core that this process takes meanwhile */
async function share(
  series: SeriesStore,
  rounds: number,
  look: () => Promise<void> = async () => {},
): Promise<number> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  let looked = Promise.resolve();
  for (let n = 0; n < rounds * TARGETS; n++) {
    const waitMs = (n * ROUND_MS) / TARGETS - (performance.now() - startedAt);
    if (waitMs > 0) await sleep(waitMs);
    if (n % TARGETS === 0) {
      await looked;
      looked = look();
    }
    await series.append(frameOf(n % TARGETS, Date.now()));
  }
  await looked;
  const { user, system } = process.cpuUsage(before);
  return (100 * (user + system)) / 1000 / (rounds * ROUND_MS);
}
