// What the charts of an exporter's chosen series are made of: one chart for each metric, a line for each series. What grows
// all the time is drawn as its growth; drawing is for chart.js.
import { quoted } from './api.js';
import { unitOf } from './format.js';
import { RANGES, rateStepOf, stepOf } from './ranges.js';
import { averagesOf, labelKey, ratesOf, unreadText, whatThereIs } from './stored.js';

/** What names of counters end with, by the custom of exporters. */
const COUNTER = /_(total|count|sum|bucket)$/;
/** Longest regular expression that the hub takes. */
const MAX_PATTERN = 200;

/** `{ charts, missing }` of series as `/api/v1/series` lists them, at least one. */
export async function exporterCharts({ target_id: id, interval_ms: intervalMs }, chosen, range, signal) {
  const end = Date.now();
  const about = { start: end - RANGES[range].ms, end, intervalMs };
  const read = await Promise.all(
    [...Map.groupBy(chosen, ({ metric }) => metric)].map(async ([metric, series]) => ({
      ...chartOf(metric, series),
      ...about,
      ...(await readLines({ ...about, series: selectorOf(id, metric, series) }, metric, signal)),
    })),
  );
  const charts = read.map((chart) => ({ ...chart, lines: linesOf(chart) }));
  const drawn = charts.filter(hasValue);
  const unread = unreadText(charts);
  if (drawn.length === 0) {
    const [first] = chosen;
    return {
      charts: [],
      missing: unread + (await whatThereIs(selectorOf(id, first.metric, [first]), signal)),
    };
  }
  const others = charts.filter((chart) => !hasValue(chart)).map(({ title }) => title);
  return {
    charts: drawn,
    missing: unread + (others.length === 0 ? '' : `No samples in this range: ${others.join(', ')}.`),
  };
}

function chartOf(metric, series) {
  const isCounter = COUNTER.test(metric);
  return {
    key: metric,
    title: series.length === 1 ? metric + nameOf(series[0].labels) : metric,
    format: unitOf(metric, isCounter),
    closeUp: !isCounter,
    names: new Map(series.map(({ labels }) => [labelKey(labels), nameOf(labels)])),
  };
}

function readLines(asked, metric, signal) {
  const { start, end, intervalMs } = asked;
  if (!COUNTER.test(metric)) return averagesOf({ ...asked, step: stepOf(end - start, intervalMs) }, signal);
  return ratesOf({ ...asked, agg: 'rate', step: rateStepOf(end - start, intervalMs) }, signal);
}

/** Those that were asked for, with their names: a selector may match more. */
function linesOf({ lines, names }) {
  return lines
    .map((line) => ({ ...line, name: names.get(labelKey(ownLabels(line.labels))) }))
    .filter(({ name }) => name !== undefined);
}

const hasValue = ({ lines }) => lines.some(({ values }) => values.some((value) => value !== null));

/** `{mode="idle"}`; nothing for a series without labels. */
function nameOf(labels) {
  const parts = Object.entries(labels).map(([name, value]) => `${name}=${quoted(value)}`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function ownLabels({ __name__, target, ...labels }) {
  return labels;
}

/** Selects these series of a metric, and maybe others whose labels mix theirs. */
function selectorOf(id, metric, series) {
  const names = new Set(series.flatMap(({ labels }) => Object.keys(labels)));
  const conditions = [...names].map((name) =>
    conditionOf(name, new Set(series.map(({ labels }) => labels[name] ?? ''))),
  );
  return `{${[`__name__=${quoted(metric)}`, `target=${quoted(id)}`, ...conditions].filter(Boolean).join(',')}}`;
}

function conditionOf(name, values) {
  if (values.size === 1) return `${name}=${quoted([...values][0])}`;
  const pattern = [...values].map((value) => value.replace(/[^\w ]/g, '\\$&')).join('|');
  return pattern.length > MAX_PATTERN ? '' : `${name}=~${quoted(pattern)}`;
}
