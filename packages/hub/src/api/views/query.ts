// Answers of queries as JSON: the times once, and values per series. Computing them is left to sample storage.
import { type Labels, parseSampleKey, type QueryAnswer, TARGET_LABEL, type TargetId } from '@guardia/model';
import type { FoundSeries } from '@guardia/series';
import { shownName, type TargetNames } from '../target-names.ts';
import { formatTime } from '../time.ts';
import { warningsJson } from './warnings.ts';

export function queryJson({ start, stepMs, steps, tier, rows, gaps }: QueryAnswer, names: TargetNames) {
  return {
    step_ms: stepMs,
    tier,
    times: Array.from({ length: steps }, (_, step) => formatTime(start + step * stepMs)),
    // JSON has no NaN and no infinities: these become null.
    series: rows.map(({ labels, values }) => ({ ...labelsJson(labels, names), values: Array.from(values) })),
    count: rows.length,
    ...warningsJson(gaps, (id) => shownName(names, id)),
  };
}

export function foundSeriesJson({ targetId, key }: FoundSeries, names: TargetNames) {
  const { metric, labels } = parseSampleKey(key);
  return { key, metric, labels, target: shownName(names, targetId), target_id: targetId };
}

/** Labels as people know them; `target_id` stands beside them. */
function labelsJson(labels: Labels, names: TargetNames): { labels: Labels; target_id?: TargetId } {
  const id = labels[TARGET_LABEL];
  if (id === undefined) return { labels };
  return { labels: { ...labels, [TARGET_LABEL]: shownName(names, id) }, target_id: id };
}
