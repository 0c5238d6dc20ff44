// A hub of which a thousand services report within one second that they are down, while it checks others every second and
// the far side of its messages is slow: whether groups leave as one message, and whether checks come late because of it.
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../lib/report.ts';
import type { Bench } from '../checks/bench.ts';
import { type BenchHub, buildHub, httpServices, startHub } from '../checks/hub.ts';
import { type Nginx, startNginx } from '../checks/nginx.ts';
import { readOutcomes, type Span, summarize } from '../checks/outcomes.ts';
import { exchange } from '../storage/peer.ts';
import { messageCounts } from './messages.ts';
import { type Sink, startSink } from './sink.ts';

const REPORTING = 1000;
const GROUPS = 5;
const CHECKED = 100;
const CHECKED_INTERVAL_S = 1;
/** Less than the time that the outbox gives an attempt. */
const ANSWER_AFTER_MS = 2_000;
/** All report once before they fail, as such services do. */
const WARM_UP_REPORTS_MS = 2_000;
/** After the measured time, so that what began in it is stored. */
const SETTLE_MS = 500;
const PATIENCE_MS = 30_000;

export async function measureDeliveries({ report, folder }: Bench): Promise<void> {
  const nginx = await startNginx(folder);
  const sink = await startSink(ANSWER_AFTER_MS);
  try {
    const storm = await underStorm({ report, folder }, nginx, sink);
    const counts = messageCounts(sink.messages);
    report.figure('hub_alerts_told', counts.alerts, 'alerts', { op: '=', value: REPORTING });
    report.figure('hub_groups_told', counts.groups, 'groups', { op: '=', value: GROUPS });
    report.figure('hub_messages_per_group', counts.mostPerGroup, 'messages', { op: '=', value: 1 });
    await printLateness(report, storm);
  } finally {
    await sink.stop();
    await nginx.stop();
  }
}

interface Storm {
  readonly seriesPath: string;
  /** Before it. */
  readonly calm: Span;
  /** From the first report to the answer to the last message. */
  readonly whole: Span;
  /** Of these, the time in which messages are under way. */
  readonly telling: Span;
}

async function underStorm({ report, folder }: Bench, nginx: Nginx, sink: Sink): Promise<Storm> {
  const config = {
    alerts: { sink: { webhook: { url: sink.url } } },
    services: [...httpServices(nginx.urls(CHECKED), CHECKED_INTERVAL_S), ...reportingServices()],
  };
  const hub = await startHub(buildHub(folder), join(folder, 'deliveries'), config);
  try {
    await reportAll(hub, 'up', WARM_UP_REPORTS_MS);
    await sleep(report.quick ? 1_000 : 18_000);
    const start = Date.now();
    await sleep(report.quick ? 4_000 : 20_000);
    const begun = Date.now();
    await reportAll(hub, 'down', 1_000);
    await allTold(sink);
    // The last message is answered late, too
    await sleep(ANSWER_AFTER_MS);
    const end = Date.now();
    await sleep(SETTLE_MS);
    const telling = { start: sink.firstAt ?? end, end };
    return { seriesPath: hub.seriesPath, calm: { start, end: begun }, whole: { start: begun, end }, telling };
  } finally {
    await hub.stop();
  }
}

function reportingServices(): object[] {
  return Array.from({ length: REPORTING }, (_, i) => ({
    name: `reporting-${i}`,
    type: 'push',
    token: tokenOf(i),
    interval: '1h',
    group: `group-${i % GROUPS}`,
    alert: 'sink',
  }));
}

/** Tokens have 16 characters or more. */
function tokenOf(i: number): string {
  return `bench-token-${String(i).padStart(4, '0')}`;
}

/** Evenly over this time. */
async function reportAll(hub: BenchHub, status: 'up' | 'down', overMs: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const reports = Array.from({ length: REPORTING }, async (_, i) => {
    await sleep((overMs * i) / REPORTING);
    await exchange(`${hub.url}/push/${tokenOf(i)}?status=${status}`, agent, '');
  });
  await Promise.all(reports);
  agent.destroy();
}

async function allTold(sink: Sink): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (messageCounts(sink.messages).alerts < REPORTING && performance.now() < deadline) await sleep(100);
}

async function printLateness(report: Report, { seriesPath, ...spans }: Storm): Promise<void> {
  const of = async (span: Span) => {
    const services = await readOutcomes(seriesPath, span);
    // Reports are outcomes too, and never late
    const checked = services.filter((outcomes) => outcomes.some(({ httpStatusCode }) => httpStatusCode));
    return summarize(checked, CHECKED_INTERVAL_S * 1000);
  };
  const before = await of(spans.calm);
  const whole = await of(spans.whole);
  const telling = await of(spans.telling);
  const inTime = { op: '<', value: 100 } as const;
  report.figure('lateness_p99_before', before.latenessP99Ms, 'ms');
  report.figure('lateness_p99_from_failing_to_told', whole.latenessP99Ms, 'ms', inTime);
  report.figure('lateness_p99_while_delivering', telling.latenessP99Ms, 'ms', inTime);
  report.figure('lateness_max_while_delivering', telling.latenessMaxMs, 'ms');
  report.figure('checks_left_out', whole.leftOut, 'checks', { op: '=', value: 0 });
  report.figure('checks_not_up', whole.notUp, 'checks', { op: '=', value: 0 });
  report.note(
    `${whole.count} checks while ${REPORTING} alerts were raised and told, ${telling.count} while messages were under way`,
  );
}
