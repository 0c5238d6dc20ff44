// Where the axes of a chart have their ticks: round values from bottom to top, and round local times from left to right.
// How the numbers are written is for format.js.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_TIME_TICKS = 8;
/** From bottom to top, where both are round already. */
const MAX_STEPS = 4;
/** Values that differ by less are one. */
const FLAT = 1e-12;

/** Steps of a time axis. Times of day and days aren't a whole number of milliseconds apart where clocks change, so each
 *  step names the part of a date that it adds to. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((by) => ({ part: 'minute', by, ms: by * MINUTE_MS })),
  ...[1, 2, 3, 6, 12].map((by) => ({ part: 'hour', by, ms: by * HOUR_MS })),
  ...[1, 2].map((by) => ({ part: 'day', by, ms: by * DAY_MS })),
  { part: 'week', by: 1, ms: 7 * DAY_MS },
  ...[1, 2, 3, 6, 12].map((by) => ({ part: 'month', by, ms: by * 30 * DAY_MS })),
];

/** The smallest of 1, 2, 5, 10, 20, 50, … that isn't below the value. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5].find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Bottom, top and ticks for values from `low` to `high`. The bottom is 0, unless values go below it, or `closeUp` and
 *  they lie so close together that from 0 they would be a flat line. */
export function valueScale(low, high, { max, closeUp = false } = {}) {
  const near = closeUp && low > 0 && high > low && high - low < 0.2 * high;
  const from = near ? low : Math.min(0, low);
  const to = max ?? Math.max(high, near ? 1.02 * low : 0);
  const step = to - from < FLAT ? 0.5 : roundUp((to - from) / MAX_STEPS);
  const first = Math.floor(from / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(to / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => tidy((first + i) * step));
  return { bottom: ticks[0], top: ticks.at(-1), ticks };
}

/** Without the last digits that multiplying leaves behind. */
const tidy = (value) => Number(value.toPrecision(12));

/** Round local times within the range, at most eight, each with how it is written: `{ at, label }`. */
export function timeTicks(start, end) {
  const step = TIME_STEPS.find(({ ms }) => (end - start) / ms <= MAX_TIME_TICKS) ?? TIME_STEPS.at(-1);
  const ticks = [];
  for (let date = floorTo(new Date(start), step); date.getTime() <= end; date = next(date, step)) {
    const at = date.getTime();
    if (at >= start) ticks.push({ at, label: tickLabel(date, step) });
  }
  return ticks;
}

function floorTo(date, { part, by }) {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  const down = (value) => value - (value % by);
  switch (part) {
    case 'minute':
      return new Date(year, month, day, date.getHours(), down(date.getMinutes()));
    case 'hour':
      return new Date(year, month, day, down(date.getHours()));
    case 'day':
      return new Date(year, month, day);
    case 'week':
      return new Date(year, month, day - ((date.getDay() + 6) % 7));
    default:
      return new Date(year, down(month), 1);
  }
}

function next(date, { part, by }) {
  const [year, month, day, hour] = [date.getFullYear(), date.getMonth(), date.getDate(), date.getHours()];
  switch (part) {
    // Adding to the hour of the clock would stand still where it is set back.
    case 'minute':
      return new Date(date.getTime() + by * MINUTE_MS);
    case 'hour':
      return nextHour(date, new Date(year, month, day, hour + by));
    case 'day':
      return new Date(year, month, day + by);
    case 'week':
      return new Date(year, month, day + 7);
    default:
      return new Date(year, month + by, 1);
  }
}

const nextHour = (before, after) => (after > before ? after : new Date(before.getTime() + HOUR_MS));

function tickLabel(date, { part }) {
  const isTime = part === 'minute' || part === 'hour';
  if (isTime && (date.getHours() > 0 || date.getMinutes() > 0)) return time(date);
  if (part !== 'month') return dayAndMonth(date);
  return date.getMonth() === 0 ? String(date.getFullYear()) : month(date);
}

const time = (date) => date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayAndMonth = (date) => date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
const month = (date) => date.toLocaleDateString('en-GB', { month: 'short' });
