// Tells which rows have the same labels, whatever their order. What becomes of rows that meet is left to across.ts and
// arithmetic.ts.
import { type Labels, labelOf } from '@guardia/model';

/** These labels of a row; those that it doesn't have, or has empty, are left out. */
export function pickLabels(labels: Labels, names: readonly string[]): Labels {
  const picked = names.map((name) => [name, labelOf(labels, name)] as const);
  return Object.fromEntries(picked.filter(([, value]) => value !== ''));
}

/** Equal for equal labels. */
export function rowKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
