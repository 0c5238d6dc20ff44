// The parts of a hub that the API reads, as small objects in memory, for the tests of the API. The event stream
// and the actors in setup.ts are the real ones.
import type { Alert, CheckOutcome, Delivery } from '@guardia/model';
import type { FramePoint, RangeQuery, SeriesStats, SeriesStore } from '@guardia/series';
import type { AlertReader } from '../../alerts/public.ts';
import type { ExporterView, ServerView, Targets, TargetView } from '../../collect/public.ts';
import type { Services, ServiceView } from '../../services/public.ts';

/** The wall time of the first sample in the tests. */
export const T0 = Date.parse('2026-03-01T12:00:00Z');

export function server(over: Partial<ServerView> = {}): ServerView {
  return {
    id: 'srv_one',
    alias: '10.0.0.5:51243',
    displayName: 'web-1',
    owner: 'file',
    tags: ['web'],
    monitoringStatus: 'active',
    intervalMs: 15_000,
    health: 'up',
    lastSeen: T0,
    lastPollSuccess: T0,
    lastPollError: null,
    lastPollMs: 12.500321,
    polls: 10,
    failedPolls: 2,
    missedPolls: 1,
    latestMetrics: () => null,
    ...over,
  };
}

export function exporter(over: Partial<ExporterView> = {}): ExporterView {
  return {
    id: 'exp_one',
    name: 'node web',
    url: 'http://10.0.0.5:9100/metrics?token=***',
    owner: 'file',
    intervalMs: 15_000,
    health: 'up',
    lastSeen: T0,
    lastPollSuccess: T0,
    lastPollError: null,
    lastPollMs: 12.500321,
    polls: 10,
    failedPolls: 2,
    missedPolls: 1,
    samples: 507,
    ...over,
  };
}

export function service(over: Partial<ServiceView> = {}): ServiceView {
  return {
    id: 'svc_one',
    name: 'shop front',
    address: 'https://shop.example/health?a=b@c',
    type: 'http',
    owner: 'file',
    group: 'shops',
    tags: ['web'],
    intervalMs: 60_000,
    speaksForMs: 120_000,
    slo: null,
    status: 'up',
    lastCheck: check(),
    located: [],
    readings: {},
    ...over,
  };
}

export function check(over: Partial<CheckOutcome> = {}): CheckOutcome {
  return {
    targetId: 'svc_one',
    at: T0,
    status: 'up',
    responseTimeMs: 12.1,
    httpStatusCode: 200,
    sslExpiryDays: 80,
    errorMessage: null,
    location: 'hub',
    latenessMs: 0,
    ...over,
  };
}

export function alert(over: Partial<Alert> = {}): Alert {
  return {
    id: 'alr_one',
    targetId: 'srv_one',
    targetName: 'web-1',
    rule: 'usage',
    instance: '',
    state: 'firing',
    severity: 'warning',
    value: 95,
    limit: 90,
    unit: '%',
    summary: 'CPU of web-1 is at 95 %.',
    violations: 3,
    pendingSince: T0,
    firedAt: T0 + 30_000,
    resolvedAt: null,
    notifiers: ['ops'],
    group: '',
    tags: ['web'],
    acknowledged: null,
    held: null,
    ...over,
  };
}

export function delivery(over: Partial<Delivery> = {}): Delivery {
  return {
    id: 'dlv_one',
    alertId: 'alr_one',
    notifier: 'ops',
    kind: 'firing',
    dedupeKey: 'alr_one:firing',
    state: 'dead',
    attempts: 8,
    createdAt: T0,
    nextAttemptAt: null,
    deliveredAt: null,
    lastError: 'the far side said 500',
    ...over,
  };
}

export function serversOf(list: readonly ServerView[]): Targets<ServerView> & { readonly polled: string[] } {
  return targetsOf(list);
}

/** Servers or exporters. */
export function targetsOf<View extends TargetView & { readonly alias?: string; readonly name?: string }>(
  list: readonly View[],
): Targets<View> & { readonly polled: string[] } {
  const polled: string[] = [];
  return {
    polled,
    list: () => list,
    find: (name) => list.find((target) => [target.id, target.alias, target.name].includes(name)),
    pollNow: async (id) => {
      polled.push(id);
      return { ok: false, durationMs: 3.4999, error: 'connection refused' };
    },
  };
}

export function servicesOf(list: readonly ServiceView[]): Services {
  return {
    list: () => list,
    find: (idOrName) => list.find(({ id, name }) => id === idOrName || name === idOrName),
    checkNow: async (id) => check({ targetId: id, status: 'degraded' }),
    hasPushToken: () => false,
    report: () => false,
  };
}

/** Alerts and deliveries in memory, in the order given. */
export function alertsOf(alerts: readonly Alert[], deliveries: readonly Delivery[]): AlertReader {
  const matching = (list: readonly Alert[], state?: string) =>
    list.filter((a) => !state || a.state === state);
  return {
    current: async ({ state, limit, offset = 0 }) =>
      matching(
        alerts.filter((a) => a.state !== 'resolved'),
        state,
      ).slice(offset, offset + limit),
    history: async ({ state, limit, offset = 0 }) =>
      matching(
        alerts.filter((a) => a.firedAt !== null),
        state,
      ).slice(offset, offset + limit),
    find: async (id) => alerts.find((a) => a.id === id),
    deliveries: async ({ state, limit, offset = 0 }) =>
      deliveries.filter((d) => !state || d.state === state).slice(offset, offset + limit),
    deliveriesOf: async (alertId) => ({
      deliveries: deliveries.filter((d) => d.alertId === alertId).toReversed(),
      leftOut: 0,
    }),
    counts: async () => ({
      alerts: counted(
        alerts.filter((a) => a.state !== 'resolved').map(({ state, severity }) => ({ state, severity })),
      ),
      deliveries: counted(deliveries.map(({ state }) => ({ state }))),
    }),
    retryDelivery: async (id) => deliveries.some((d) => d.id === id && d.state === 'dead'),
  };
}

function counted<Kind extends object>(kinds: readonly Kind[]): (Kind & { count: number })[] {
  const groups = Map.groupBy(kinds, (kind) => JSON.stringify(kind)).values();
  return [...groups].map((same) => ({ ...same[0]!, count: same.length }));
}

const NOTHING = { rows: 0, points: 0, bytes: 0 };

const STATS: SeriesStats = {
  backend: 'memory',
  framesAccepted: 100,
  framesWritten: 97,
  samplesWritten: 9_700,
  pendingFrames: 3,
  openFrames: 7,
  openSamples: 700,
  series: 100,
  checksStored: 5,
  tiers: {
    log: { rows: 1, points: 0, bytes: 5_600 },
    blocks: { rows: 3, points: 9_000, bytes: 18_000 },
    raw: NOTHING,
    '1m': NOTHING,
    '5m': NOTHING,
    '1h': NOTHING,
  },
  bytesPerSample: 2.00049,
  fileBytes: 4_096,
  flushes: 2,
  lastFlushAt: T0,
  lastFlushMs: 1.504321,
  flushLagMs: 250,
  samplesRefused: 0,
  corruptChunks: 0,
  seals: 3,
  merges: 0,
  cacheHits: 4,
  cacheMisses: 1,
  spoolBytes: 0,
  spoolOldestAt: null,
  lastCleanUp: null,
  lastError: null,
};

/** Storage with fixed points and checks; it records what it was asked. */
export function seriesOf(points: readonly FramePoint[], checks: readonly CheckOutcome[] = []) {
  const asked: RangeQuery[] = [];
  const store: SeriesStore = {
    writeError: null,
    append: () => undefined,
    appendCheck: () => undefined,
    flush: async () => {},
    range: async (query) => {
      asked.push(query);
      const found = points.filter(({ at }) => at >= query.start && at <= query.end);
      return {
        points: found.slice(-query.limit),
        tier: 'raw',
        stepMs: query.stepMs ?? null,
        cut: found.length > query.limit,
      };
    },
    latest: async (_id, limit) => points.toReversed().slice(0, limit),
    checks: async ({ start, end, limit }) =>
      checks.filter(({ at }) => at >= start && at <= end).slice(0, limit),
    uptime: async () => ({
      uptimePercentage: null,
      coveragePercentage: 0,
      totalChecks: 0,
      successfulChecks: 0,
      avgResponseTimeMs: null,
      knownMs: 0,
      downMs: 0,
      incidents: 0,
    }),
    query: unasked,
    find: unasked,
    newest: unasked,
    raw: unasked,
    targets: unasked,
    archivedUntil: unasked,
    dropArchived: unasked,
    cleanUp: unasked,
    settle: unasked,
    stats: async () => STATS,
    refusedSeries: () => 0,
    onNotice: () => {},
    onFailure: () => {},
    close: async () => {},
  };
  return { store, asked };
}

/** What no test of the routes on fixed points may ask. */
async function unasked(): Promise<never> {
  throw new Error('this storage has fixed points only');
}
