// What the charts of one service are made of: the phases of its answers lying on each other, and how long whole checks
// took. Drawing them is for chart.js.
import { query, quoted } from './api.js';
import { UNITS } from './format.js';
import { gapOf, RANGES, stepName, stepOf } from './ranges.js';
import { averagesOf, eventsOf, unreadText, whatThereIs } from './stored.js';

/** In the order in which they follow each other. */
const PHASES = ['resolve', 'lookup', 'connect', 'tls', 'processing', 'transfer'];

/** `{ charts, missing }`. */
export async function serviceCharts({ target_id: id, interval_ms: intervalMs }, range, signal) {
  const end = Date.now();
  const { ms } = RANGES[range];
  const about = { start: end - ms, end, step: stepOf(ms, intervalMs) };
  const of = (name) => `{__name__=~${quoted(name)},target=${quoted(id)}}`;
  const [phases, whole, events] = await Promise.all([
    query({ ...about, series: of('probe_(http|tcp|icmp|dns)_duration_seconds'), agg: 'avg' }, signal),
    averagesOf({ ...about, intervalMs, series: of('probe_duration_seconds') }, signal),
    eventsOf(id, about, signal),
  ]);
  const frame = {
    ...about,
    format: seconds,
    gapMs: whole.gapMs,
    stepMs: whole.stepMs,
    note: whole.note,
    events,
  };
  const charts = [
    { ...frame, ...stacked(phases, intervalMs), key: 'phases', title: 'Phases of an answer' },
    { ...frame, ...whole, key: 'whole', title: 'Whole check' },
  ].filter(({ lines }) => lines.some(({ values }) => values.some((value) => value !== null)));
  const missing = charts.length > 0 ? '' : await whatThereIs(of('probe_success'), signal);
  return { charts, missing: unreadText([phases, whole]) + missing };
}

const seconds = (value) => (value < 1 ? `${Number((1000 * value).toPrecision(3))} ms` : UNITS.seconds(value));

/** Each phase begins where the one before ends. A phase that wasn't there took no time. */
function stacked({ rows, times, stepMs }, intervalMs) {
  const phases = rows
    .filter(({ labels, values }) => labels.phase !== undefined && values.some((value) => value !== null))
    .toSorted((a, b) => PHASES.indexOf(a.labels.phase) - PHASES.indexOf(b.labels.phase));
  const isKnown = times.map((_, i) => phases.some(({ values }) => values[i] !== null));
  let ground = times.map((_, i) => (isKnown[i] ? 0 : null));
  const lines = phases.map(({ labels, values }) => {
    const low = ground;
    const high = low.map((below, i) => (below === null ? null : below + (values[i] ?? 0)));
    ground = high;
    return { name: labels.phase, times, values: high, parts: values, low, high };
  });
  return { lines, note: `${stepName(stepMs)} averages`, gapMs: gapOf(stepMs, intervalMs) };
}
