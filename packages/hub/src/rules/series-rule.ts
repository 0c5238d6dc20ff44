// What a rule over series finds: one row per row of the answer, each told with its target and its labels. Reading the
// answer from storage is looking.ts's.
import { hash } from 'node:crypto';
import { METRIC_LABEL, type QueryNode, type QueryRow, sampleKey, TARGET_LABEL } from '@guardia/model';
import { storableText } from '../lib/storable-text.ts';
import { type Finding, HUB_ID, keyText, shownValue } from './finding.ts';
import type { Prepared, PreparedRule } from './prepared.ts';
import { verdictOn } from './verdict.ts';

/** Longest instance that is kept as it is, UTF-16 units; PostgreSQL indexes at most 2,704 bytes of a row. */
const MAX_INSTANCE = 600;
const HEAD = 200;

export function seriesFindings(
  { rule }: PreparedRule,
  rows: readonly QueryRow[],
  byId: Prepared['byId'],
): Finding[] {
  const showsMetric = isOfManyMetrics(rule.condition.node as QueryNode);
  return rows.map(({ labels, values }) => {
    const { [TARGET_LABEL]: id, [METRIC_LABEL]: metric, ...rest } = labels;
    const own = showsMetric && metric !== undefined ? { ...rest, [METRIC_LABEL]: metric } : rest;
    const target = byId.get(id ?? '');
    const value = values[values.length - 1] ?? Number.NaN;
    const targetId = id ?? HUB_ID;
    const instance = instanceText(sampleKey(rule.name, own));
    const verdict = verdictOn(rule, { min: value, max: value });
    return {
      key: keyText(targetId, instance),
      targetId,
      instance,
      targetName: target?.name ?? rule.name,
      address: target?.address ?? 'this hub',
      verdict,
      value: shownValue(value),
      summary: () => {
        const where = placeText(target?.name, own);
        const holds = verdict === 'holds' ? 'holds' : 'no longer holds';
        return `${rule.condition.text} ${holds}${where}: it is ${shownValue(value) ?? value}`;
      },
    };
  });
}

/** The same for the same labels, and another for others, whatever they hold. */
function instanceText(key: string): string {
  if (key.length <= MAX_INSTANCE && storableText(key) === key) return key;
  return `${storableText(key.slice(0, HEAD))}… ${hash('sha256', JSON.stringify(key))}`;
}

/** A row keeps its metric's name only when nothing was computed of it; only a name with `*`, or none, stands for several. */
function isOfManyMetrics(node: QueryNode): boolean {
  switch (node.type) {
    case 'series':
      return node.selector.metric?.includes('*') ?? true;
    case 'arithmetic':
      return isOfManyMetrics(node.left) || isOfManyMetrics(node.right);
    case 'aggregate':
      return node.by.includes(METRIC_LABEL);
    case 'number':
      return false;
  }
}

/** ` for web-1 (mount /data)`, as much of it as there is. */
function placeText(name: string | undefined, labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(
    ([label, value]) => `${label === METRIC_LABEL ? 'metric' : label} ${value}`,
  );
  const within = parts.join(', ');
  if (name === undefined) return within === '' ? '' : ` for ${within}`;
  return ` for ${name}${within === '' ? '' : ` (${within})`}`;
}
