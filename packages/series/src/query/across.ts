// Makes one row of several series: those that share the labels they are grouped by. What each series' values are is
// left to buckets.ts.
import type { Labels, QueryRow, SeriesAggregate } from '@guardia/model';
import { FOLDS } from './folds.ts';
import { pickLabels, rowKey } from './row-key.ts';

/** One row per group, in the order in which the groups appear. Series without a value at a step are left out there. */
export function aggregateAcross(
  rows: readonly QueryRow[],
  { agg, by }: { readonly agg: SeriesAggregate; readonly by: readonly string[] },
): QueryRow[] {
  const groups = new Map<string, { labels: Labels; columns: Float64Array[] }>();
  for (const { labels, values } of rows) {
    const shared = pickLabels(labels, by);
    const key = rowKey(shared);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: shared, columns: [values] });
    else group.columns.push(values);
  }
  return [...groups.values()].map(({ labels, columns }) => ({ labels, values: combine(columns, agg) }));
}

function combine(columns: readonly Float64Array[], agg: SeriesAggregate): Float64Array {
  const fold = FOLDS[agg];
  const atStep = new Float64Array(columns.length);
  return columns[0]!.map((_, step) => {
    for (let i = 0; i < columns.length; i++) atStep[i] = columns[i]![step]!;
    return fold(atStep, 0, columns.length);
  });
}
