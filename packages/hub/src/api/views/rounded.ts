// Numbers as people read them: measured times and ratios without the digits that are noise. What is measured, and how
// exactly, is for those who measure.

/** Milliseconds with two decimals. */
export function roundedMs<T extends number | null>(ms: T): T {
  return rounded(ms, 2);
}

/** With at most this many decimals; null stays null. */
export function rounded<T extends number | null>(value: T, decimals: number): T {
  return (value === null ? null : Number(value.toFixed(decimals))) as T;
}
