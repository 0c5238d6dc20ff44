// Reads sample keys: the metric name and the labels that `sampleKey` wrote into one string. Writing them is left to
// frame.ts.
import type { SampleKey } from '../frame.ts';
import type { TargetId } from '../ids.ts';

export type Labels = Readonly<Record<string, string>>;

/** The label that holds the metric name where name and labels are one set. */
export const METRIC_LABEL = '__name__';
/** The label that holds the target's id. */
export const TARGET_LABEL = 'target';

const PART = /([^"=]*)="((?:[^"\\]|\\.)*)",?/gsuy;

/** Reads what `sampleKey` wrote. Of text that it did not write, as much as can be read: never throws. */
export function parseSampleKey(key: SampleKey): { metric: string; labels: Labels } {
  const brace = key.indexOf('{');
  // Without a prototype: a label may be called `constructor`.
  const labels: Record<string, string> = Object.create(null);
  if (brace === -1) return { metric: key, labels };
  for (const [, label, value] of key.slice(brace + 1).matchAll(PART)) labels[label!] = unescapeLabel(value!);
  return { metric: key.slice(0, brace), labels };
}

/** All labels of a stored series: its own, the metric as `__name__` and the target's id as `target`. A `target` of its
 *  own is called `exported_target`. */
export function seriesLabels(targetId: TargetId, key: SampleKey): Labels {
  const { metric, labels } = parseSampleKey(key);
  const { [TARGET_LABEL]: exported, ...own } = labels;
  return Object.assign(Object.create(null), own, exported !== undefined && { exported_target: exported }, {
    [METRIC_LABEL]: metric,
    [TARGET_LABEL]: targetId,
  });
}

/** Takes back what escaping did to a label value; a backslash before another character stays. */
export function unescapeLabel(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(["\\n])/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
