// Stored series as lines of a chart: averages with their lowest and highest, and what counters grew a second. Which series
// a chart shows is for server-charts.js and exporter-charts.js.
import { get, query } from './api.js';
import { dateAndClock, dateText } from './format.js';
import { gapOf, stepName } from './ranges.js';

const DAY_MS = 86_400_000;
const MAX_EVENTS = 200;
const TEN_YEARS_MS = 3650 * DAY_MS;

/** The same for equal labels in any order. */
export const labelKey = (labels) => JSON.stringify(Object.entries(labels).sort());

const SUMMARIES = { '1m': '1-minute', '5m': '5-minute', '1h': 'hourly' };
const tierText = (tier) => (tier === 'raw' ? 'from every reading' : `from ${SUMMARIES[tier]} summaries`);

/** Averages with their lowest and highest: `{ stepMs, gapMs, note, lines, warnings }`, each line with its `labels`.
 *  @param asked what `query` takes, and the time between readings (`intervalMs`) */
export async function averagesOf({ intervalMs, ...asked }, signal) {
  const [mean, low, high] = await Promise.all(
    ['avg', 'min', 'max'].map((agg) => query({ ...asked, agg }, signal)),
  );
  const [lowest, highest] = [low, high].map(
    ({ rows }) => new Map(rows.map(({ labels, values }) => [labelKey(labels), values])),
  );
  return {
    stepMs: mean.stepMs,
    gapMs: gapOf(mean.stepMs, intervalMs),
    note: `${stepName(mean.stepMs)} averages, ${tierText(mean.tier)}`,
    warnings: mean.warnings,
    lines: mean.rows.map(({ labels, values }) => ({
      labels,
      times: mean.times,
      values,
      low: lowest.get(labelKey(labels)),
      high: highest.get(labelKey(labels)),
    })),
  };
}

/** As `averagesOf`, without lowest and highest. The step that isn't over yet is left out: it would look like a fall. */
export async function ratesOf({ intervalMs, start, end, step, ...asked }, signal) {
  const whole = Math.floor(end / step) * step - 1;
  const answer = await query({ ...asked, start, end: Math.max(start, whole), step }, signal);
  const { rows, times, stepMs, tier, warnings } = answer;
  const gapMs = gapOf(stepMs, intervalMs);
  return {
    stepMs,
    gapMs,
    note: `${stepName(stepMs)} rates, ${tierText(tier)}`,
    warnings,
    lines: rows.map(({ labels, values }) => ({ labels, times, values: withoutBursts(times, values, gapMs) })),
  };
}

/** What was counted while nobody read falls into the first step after that, where it would look like a burst. */
function withoutBursts(times, values, gapMs) {
  let before = times[0];
  return values.map((value, i) => {
    if (value === null) return null;
    const isAfterGap = times[i] - before > gapMs;
    before = times[i];
    return isAfterGap ? null : value;
  });
}

/** What happened to a target within a range, for its charts, which do without rather than not be there. That somebody
 *  was told is no cause of anything. */
export async function eventsOf(target, { start, end }, signal) {
  const span = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  try {
    const { timeline } = await get('/timeline', { ...span, target, limit: MAX_EVENTS }, signal);
    return timeline.filter(({ type }) => type !== 'delivery');
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    return [];
  }
}

/** Says what of a range can't be read, once for all its charts; '' when all can. */
export function unreadText(charts) {
  const warnings = charts.flatMap((chart) => chart.warnings);
  if (warnings.length === 0) return '';
  const first = Math.min(...warnings.map(({ start }) => Date.parse(start)));
  const last = Math.max(...warnings.map(({ end }) => Date.parse(end)));
  const messages = new Set(warnings.map(({ message }) => message));
  const when = `${dateAndClock(first)} to ${dateAndClock(last)}`;
  return `Part of this range can't be read: ${when}. ${[...messages].join(' ')} `;
}

/** Says between which days a selector has samples at all. */
export async function whatThereIs(series, signal) {
  const end = Date.now();
  const asked = { series, agg: 'count', start: end - TEN_YEARS_MS, end, step: DAY_MS };
  const { times, rows } = await query(asked, signal);
  const days = times.filter((_, i) => rows.some(({ values }) => values[i] !== null));
  if (days.length === 0) return 'No samples yet.';
  return `No samples in this range. There are some from ${dateText(days[0])} to ${dateText(days.at(-1))}.`;
}
