// A thousand targets fail within one second, and a while later are well again: how long each evaluation takes until it is
// committed, and how many messages come of it. Whether checks suffer is left to deliveries.ts.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckStatus } from '@guardia/model';
import type { Message } from '../../packages/hub/src/alerts/notifiers/notifier.ts';
import type { AlertIngest, AlertTarget, Observation } from '../../packages/hub/src/alerts/public.ts';
import { type Bench, percentile } from '../checks/bench.ts';
import { type AlertDomain, NOTIFIER, startAlerts } from './domain.ts';
import { messageCounts } from './messages.ts';

const TARGETS = 1000;
const GROUPS = 10;
const SEND_MS = 500;
/** Longest wait until all are told: the wait of a group, and its messages one after the other. */
const PATIENCE_MS = 30_000;

export async function measureStorm({ report, folder }: Bench): Promise<void> {
  const warm = targetsNamed('warm');
  const targets = targetsNamed('storm');
  const path = join(folder, 'storm.db');
  const domain = await startAlerts({ path, targets: [...warm, ...targets], sendMs: SEND_MS });
  try {
    // A hub has been running for a while when something fails
    await storm(domain.ingest, warm, 'down');
    await told(domain, 'firing', warm.length);
    const before = domain.messages.length;
    const failing = await storm(domain.ingest, targets, 'down');
    await told(domain, 'firing', warm.length + TARGETS);
    const messages = domain.messages.slice(before);
    const recovering = await storm(domain.ingest, targets, 'up');
    report.figure('evaluation_p50', percentile(failing, 0.5), 'ms');
    report.figure('evaluation_p99', percentile(failing, 0.99), 'ms', { op: '<', value: 50 });
    report.figure('evaluation_max', percentile(failing, 1), 'ms');
    report.figure('recovery_evaluation_p99', percentile(recovering, 0.99), 'ms', { op: '<', value: 50 });
    const counts = messageCounts(messages.map(noticesOf));
    report.figure('alerts_told', counts.alerts, 'alerts', { op: '=', value: TARGETS });
    report.figure('groups_told', counts.groups, 'groups', { op: '=', value: GROUPS });
    report.figure('messages_per_group', counts.mostPerGroup, 'messages', { op: '=', value: 1 });
    report.note('evaluation: from the observation to its commit, with its deliveries, in a SQLite file');
  } finally {
    await domain.stop();
  }
}

function targetsNamed(name: string): AlertTarget[] {
  return Array.from({ length: TARGETS }, (_, i) => ({
    id: `svc_${name}_${i}`,
    name: `${name}-${i}`,
    address: `http://127.0.0.1/${name}/${i}`,
    group: `${name}-group-${i % GROUPS}`,
    tags: [],
    dependsOn: [],
    rules: [{ rule: 'service_down', limit: null, grace: 1, severity: 'critical', notifiers: [NOTIFIER] }],
  }));
}

/** Every target says this once, evenly over a second. @returns how long each evaluation took, milliseconds */
function storm(
  ingest: AlertIngest,
  targets: readonly AlertTarget[],
  status: CheckStatus,
): Promise<readonly number[]> {
  const observe = async ({ id }: AlertTarget, i: number): Promise<number> => {
    await sleep((1000 * i) / targets.length);
    const startedAt = performance.now();
    await ingest.observe(observation(id, status));
    return performance.now() - startedAt;
  };
  return Promise.all(targets.map(observe));
}

function observation(targetId: string, status: CheckStatus): Observation {
  const isUp = status === 'up';
  const outcome = {
    targetId,
    at: Date.now(),
    status,
    responseTimeMs: isUp ? 12 : null,
    httpStatusCode: isUp ? 200 : null,
    sslExpiryDays: null,
    errorMessage: isUp ? null : 'expected status 200-299, but the connection was refused',
    location: 'hub',
    latenessMs: 0,
  };
  return { type: 'check', outcome, degradedBy: null };
}

async function told(domain: AlertDomain, kind: string, count: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const notices = () => domain.messages.flatMap((message) => message.notices);
  while (notices().filter((notice) => notice.kind === kind).length < count && performance.now() < deadline)
    await sleep(50);
}

function noticesOf({ notices }: Message): { group: string; target: string }[] {
  return notices.map(({ alert }) => ({ group: alert.group, target: alert.targetName }));
}
