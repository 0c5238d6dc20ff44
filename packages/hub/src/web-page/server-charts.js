// What the charts of one server are made of: the readings in memory for the last minutes, queries to the hub for all that
// is longer. Drawing them is for chart.js.
import { quoted } from './api.js';
import { UNITS } from './format.js';
import { pointsOf, rateBetween } from './live.js';
import { gapOf, LIVE, RANGES, rateStepOf, stepOf } from './ranges.js';
import { averagesOf, eventsOf, ratesOf, unreadText, whatThereIs } from './stored.js';

const MAX_MOUNTS = 8;

/** Charts of one line each. */
const SINGLE = [
  { key: 'cpu', metric: 'cpu.usage', title: 'CPU', format: UNITS.percent, max: 100 },
  { key: 'memory', metric: 'memory.used_percent', title: 'Memory', format: UNITS.percent, max: 100 },
  { key: 'load', metric: 'load.one', title: 'Load, one minute', format: UNITS.load },
  {
    key: 'temperature',
    metric: 'temperature.average_celsius',
    title: 'Temperature, mean',
    format: UNITS.celsius,
    closeUp: true,
  },
];
const DISK = {
  key: 'disk',
  metric: 'disk.used_percent',
  title: 'Disk used',
  format: UNITS.percent,
  max: 100,
};
const NETWORK = { key: 'network', title: 'Network', format: UNITS.bytesPerSecond };
const DIRECTIONS = ['received', 'transmitted'];

const hasValue = ({ values }) => values.some((value) => value !== null);
const newestOf = ({ values }) => values.findLast((value) => value !== null);

/** Charts of the last five minutes, from readings in memory. */
export function liveCharts({ server_id: id, interval_ms: intervalMs }) {
  const points = pointsOf(id);
  const end = Date.now();
  const frame = {
    start: end - RANGES[LIVE].ms,
    end,
    stepMs: intervalMs,
    gapMs: gapOf(intervalMs, intervalMs),
    note: `every reading, one in ${intervalMs / 1000} s`,
  };
  const times = points.map(({ timestamp }) => Date.parse(timestamp));
  const line = (name, read) => ({ name, times, values: points.map(read) });
  const of = (key) => line(key, ({ values }) => values[key] ?? null);
  const mounts = new Set(
    points.flatMap(({ values }) => Object.keys(values)).filter((key) => key.startsWith(DISK.metric)),
  );
  const network = DIRECTIONS.map((direction) =>
    line(direction, (point, i) => rateBetween(points[i - 1], point, direction)),
  );
  return arranged(frame, {
    single: SINGLE.map((chart) => [chart, [of(chart.metric)]]),
    disks: [...mounts].map((key) => ({ ...of(key), name: mountOf(key) })),
    network: { ...frame, lines: network },
  });
}

const mountOf = (key) => key.slice(key.indexOf('"') + 1, -2);

/** Charts of a longer range: `{ charts, missing }`. Five questions to the hub, whatever the server has. */
export async function storedCharts({ target_id: id, interval_ms: intervalMs }, range, signal) {
  const end = Date.now();
  const { ms } = RANGES[range];
  const about = { start: end - ms, end, intervalMs };
  const metrics = [...SINGLE, DISK].map(({ metric }) => metric.replace('.', '\\.')).join('|');
  const series = `{target=${quoted(id)},__name__=~${quoted(metrics)}}`;
  const [{ lines, ...averages }, network, events] = await Promise.all([
    averagesOf({ ...about, series, step: stepOf(ms, intervalMs) }, signal),
    networkRates(id, { ...about, step: rateStepOf(ms, intervalMs) }, signal),
    eventsOf(id, about, signal),
  ]);
  const frame = { start: about.start, end, events };
  const linesOf = (metric) => lines.filter(({ labels }) => labels.__name__ === metric);
  const charts = arranged(
    { ...frame, ...averages },
    {
      single: SINGLE.map((chart) => [chart, linesOf(chart.metric)]),
      disks: linesOf(DISK.metric).map((line) => ({ ...line, name: line.labels.mount ?? '' })),
      network: { ...frame, ...network },
    },
  );
  const missing = charts.length > 0 ? '' : await whatThereIs(`cpu.usage{target=${quoted(id)}}`, signal);
  return { charts, missing: unreadText([averages, network]) + missing };
}

async function networkRates(id, range, signal) {
  const expr = `sum by (__name__) (rate({target=${quoted(id)},__name__=~"network\\\\.(received|transmitted)_bytes",interface!="lo"}))`;
  const rates = await ratesOf({ ...range, expr }, signal);
  const lines = rates.lines.map((line) => ({
    ...line,
    name: DIRECTIONS.find((direction) => line.labels.__name__?.includes(direction)),
  }));
  return { ...rates, lines: lines.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Leaves out what this machine has no reading of. */
function arranged(frame, { single, disks, network }) {
  const fullest = disks.filter(hasValue).sort((a, b) => newestOf(b) - newestOf(a));
  const left = fullest.length - MAX_MOUNTS;
  const disk = {
    ...DISK,
    title: left > 0 ? `Disk used, ${MAX_MOUNTS} fullest of ${fullest.length}` : DISK.title,
  };
  const [cpu, memory, load, temperature] = single.map(([chart, lines]) => ({ ...frame, ...chart, lines }));
  return [
    cpu,
    memory,
    { ...frame, ...disk, lines: fullest.slice(0, MAX_MOUNTS) },
    { ...NETWORK, ...network },
    load,
    temperature,
  ].filter(({ lines }) => lines.some(hasValue));
}
