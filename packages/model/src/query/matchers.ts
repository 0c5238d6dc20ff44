// Turns selectors into functions that say whether a series is meant. How regular expressions are
// matched is left to pattern.ts.
import { metricName, type SampleKey } from '../frame.ts';
import type { TargetId } from '../ids.ts';
import { compilePattern } from './pattern.ts';
import type { LabelMatcher, SeriesSelector } from './query.ts';
import { type Labels, seriesLabels } from './sample-key.ts';

/** Makes the test of stored series: metric, targets, and all matchers. `target` (the id) and `__name__` are labels as
 *  well, and a missing label has the value ''.
 *  @throws {QueryError} for a regular expression that can't be used */
export function compileSelector(selector: SeriesSelector): (targetId: TargetId, key: SampleKey) => boolean {
  const { metric = '*', matchers = [], targets } = selector;
  const isMetric = compileGlob(metric);
  const tests = matchers.map(compileMatcher);
  const wanted = targets === undefined ? undefined : new Set(targets);
  return (targetId, key) => {
    if (wanted?.has(targetId) === false || !isMetric(metricName(key))) return false;
    if (tests.length === 0) return true;
    const labels = seriesLabels(targetId, key);
    return tests.every((test) => test(labels));
  };
}

/** Makes the test of a name with `*` for any characters, none included. Case counts. */
export function compileGlob(glob: string): (text: string) => boolean {
  if (!glob.includes('*')) return (text) => text === glob;
  const [first, ...middle] = glob.split('*') as [string, ...string[]];
  const last = middle.pop()!;
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at + last.length <= text.length;
  };
}

function compileMatcher({ label, op, value }: LabelMatcher): (labels: Labels) => boolean {
  const isValue = op === '=' || op === '!=' ? (text: string) => text === value : compilePattern(value);
  const wanted = op === '=' || op === '=~';
  return (labels) => isValue(labelOf(labels, label)) === wanted;
}

/** The value of a label, '' without it. */
export function labelOf(labels: Labels, label: string): string {
  return Object.hasOwn(labels, label) ? labels[label]! : '';
}
