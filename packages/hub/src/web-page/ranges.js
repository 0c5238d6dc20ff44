// The ranges of time that charts can show, and how wide the steps of a range are. Asking the hub is for api.js.

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What is wanted of a chart: enough for a line, not more than its width can show. */
const POINTS = 300;

/** How many steps of the readings' own interval one step of a rate is at least: in a narrower one there may be one
 *  reading more or less than its due, which would show as a change that isn't there. */
const RATE_INTERVALS = 4;

/** The one that is drawn from the readings as they come. */
export const LIVE = '5m';

/** By their names in the address. */
export const RANGES = {
  [LIVE]: { label: '5 min', ms: 5 * MINUTE_MS },
  '1h': { label: '1 h', ms: HOUR_MS },
  '6h': { label: '6 h', ms: 6 * HOUR_MS },
  '24h': { label: '24 h', ms: DAY_MS },
  '7d': { label: '7 d', ms: 7 * DAY_MS },
  '30d': { label: '30 d', ms: 30 * DAY_MS },
  '1y': { label: '1 y', ms: 365 * DAY_MS },
};

const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_MS),
  DAY_MS,
];

/** The round step that makes nearest to 300 points of a range, and is no shorter than the time between readings. */
export function stepOf(rangeMs, intervalMs) {
  const off = (stepMs) => Math.abs(Math.log((stepMs * POINTS) / rangeMs));
  const wanted = STEPS_MS.reduce((best, stepMs) => (off(stepMs) < off(best) ? stepMs : best));
  return Math.max(wanted, roundStep(intervalMs));
}

/** As `stepOf`, for what counters grew in a second. */
export function rateStepOf(rangeMs, intervalMs) {
  return Math.max(stepOf(rangeMs, intervalMs), roundStep(RATE_INTERVALS * intervalMs));
}

const roundStep = (ms) => STEPS_MS.find((stepMs) => stepMs >= ms) ?? DAY_MS;

/** The longest time without a reading over which a line is drawn: readings come a little early or late, and one that is
 *  missing alone isn't worth a gap. */
export function gapOf(stepMs, intervalMs) {
  return Math.max(1.5 * stepMs, 2.5 * intervalMs);
}

/** When a range is worth reading anew: with each step, but neither all the time nor never. */
export function refreshMsOf(stepMs) {
  return Math.min(Math.max(stepMs, 10 * SECOND_MS), 5 * MINUTE_MS);
}

/** `5-minute`. */
export function stepName(stepMs) {
  const [unit, ms] = [
    ['day', DAY_MS],
    ['hour', HOUR_MS],
    ['minute', MINUTE_MS],
    ['second', SECOND_MS],
  ].find(([, ms]) => stepMs % ms === 0) ?? ['second', SECOND_MS];
  return `${stepMs / ms}-${unit}`;
}
