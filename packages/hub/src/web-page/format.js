// Numbers, sizes and times as people read them. Where they stand on the page is for the modules that use these.

const NONE = '–';

export function percent(value) {
  return value === null ? NONE : `${value.toFixed(0)} %`;
}

/** A share of time with two decimals, never more than it is: the hub's four are whole numbers of ten-thousandths. */
export function shareText(percentage) {
  if (percentage > 0 && percentage < 0.01) return 'less than 0.01 %';
  return `${Math.floor(Math.round(percentage * 10_000) / 100) / 100} %`;
}

/** At most so many decimals, and none that are 0. */
const decimals = (value, most) => String(Number(value.toFixed(most)));

function scaled(value, units) {
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${Number(rest.toPrecision(3))} ${units[unit]}`;
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function sizeText(value) {
  return value === null ? NONE : scaled(value, SIZES);
}

export function bytesPerSecond(value) {
  return value === null ? NONE : `${scaled(value, SIZES)}/s`;
}

/** 1234567 as `1,234,567`. */
export function countText(value) {
  return value.toLocaleString('en-GB');
}

/** `9 ms`, `2.5 s`. */
export function durationText(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${decimals(ms / 1000, 1)} s`;
}

/** Ways to write a value of a chart with its unit. */
export const UNITS = {
  percent: (value) => `${decimals(value, 1)} %`,
  bytes: sizeText,
  bytesPerSecond,
  celsius: (value) => `${decimals(value, 1)} °C`,
  seconds: (value) => `${Number(value.toPrecision(4))} s`,
  perSecond: (value) => `${plain(value)} /s`,
  load: (value) => decimals(value, 2),
  number: plain,
};

function plain(value) {
  const whole = Math.abs(value) >= 10_000;
  return whole
    ? value.toLocaleString('en-GB', { maximumFractionDigits: 0 })
    : String(Number(value.toPrecision(4)));
}

const POWERS = ['', 'k', 'M', 'G', 'T', 'P'];
/** As many characters as there is room for beside a chart. */
const AXIS_CHARACTERS = 9;

/** A value beside an axis: as `format` has it, or in powers of a thousand where that is too long. */
export function axisText(value, format) {
  const text = format(value);
  return text.length <= AXIS_CHARACTERS ? text : scaled(value, POWERS).trim();
}

const SUFFIXES = [
  ['_bytes', 'bytes'],
  ['_seconds', 'seconds'],
  ['_celsius', 'celsius'],
  ['_percent', 'percent'],
];

/** How values of an exporter's metric are written, by the end of its name. */
export function unitOf(metric, isRate) {
  const name = metric.replace(/_total$/, '');
  const unit = SUFFIXES.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'number';
  if (!isRate) return UNITS[unit];
  return unit === 'bytes' ? UNITS.bytesPerSecond : UNITS.perSecond;
}

/** Age of a time: `4 s`, `12 m`, `3 h`, `2 d`. */
export function since(time) {
  if (time === null || time === undefined) return 'never';
  const seconds = Math.max(0, Math.round((Date.now() - new Date(time)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** `12 m ago`. */
export function ago(time) {
  return `${since(time)} ago`;
}

/** How long from now until a time: `53 m`. */
export function until(time) {
  return since(2 * Date.now() - Date.parse(time));
}

/** HH:MM:SS in the reader's zone. */
export function clock(time) {
  return time === null || time === undefined ? 'never' : new Date(time).toLocaleTimeString('en-GB');
}

/** Date and time in the reader's zone, for what isn't of today by its nature. */
export function dateAndClock(time) {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

/** To the second and with the reader's zone, for what is compared with other clocks. */
export function exactTime(time) {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
}

export function dateText(time) {
  return new Date(time).toLocaleDateString('en-GB', { dateStyle: 'medium' });
}

const DAY_AND_CLOCK = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
};

/** `Sat 21 Nov, 20:42`, for what may be of another day. */
export const dayAndClock = (time) => new Date(time).toLocaleString('en-GB', DAY_AND_CLOCK);

/** The time of a point of a chart, as exact as its steps are. */
export function pointTime(at, stepMs) {
  if (stepMs >= 86_400_000) return dateText(at);
  return stepMs < 60_000 ? clock(at) : dayAndClock(at);
}
