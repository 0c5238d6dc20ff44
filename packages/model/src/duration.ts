// Durations as people write them: a number of seconds, or `30s`, `5m`, `1h30m`, `7d`, `5y`. What a value may be
// in its place (an interval, a retention) is for whoever asks.

const UNITS = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Years and weeks are only read: `30d` says more than `4w2d`. */
const WRITTEN_UNITS = UNITS.slice(2);

const FORM = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;

/** Reads a duration: seconds as a number or its text, or parts from years (of 365 days) to milliseconds in that order.
 *  @returns milliseconds, whole, or null when it isn't a duration or is beyond safe integers */
export function parseDuration(value: number | string): number | null {
  if (typeof value === 'number') return wholeMs(value * 1_000);
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return wholeMs(Number(text) * 1_000);
  const parts = FORM.exec(text);
  if (parts === null || text === '') return null;
  return wholeMs(UNITS.reduce((sum, [, unitMs], i) => sum + Number(parts[i + 1] ?? 0) * unitMs, 0));
}

/** Writes milliseconds the way {@link parseDuration} reads them: `5400000` is `1h30m`, zero is `0s`. */
export function formatDuration(durationMs: number): string {
  let restMs = Math.round(durationMs);
  let text = '';
  for (const [unit, unitMs] of WRITTEN_UNITS) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}

function wholeMs(valueMs: number): number | null {
  const rounded = Math.round(valueMs);
  return rounded >= 0 && Number.isSafeInteger(rounded) ? rounded : null;
}
