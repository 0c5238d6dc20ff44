// What a frame says to one rule: the values that are held against its limit, one per instance. Where they stand in
// the frame belongs to positions.ts, what follows from them to verdicts.ts.
import type { TargetRule } from '../public.ts';
import type { Positions } from './positions.ts';

/** Told once per instance that has a reading: the mount point for `disk`, an empty text for the others. */
export type ValueVisitor = (instance: string, value: number) => void;

/** Visits the values that the frame has for this rule. A series that is not there and a NaN are no observation:
 *  nothing is visited, so that neither a vanished disk nor a silent sensor passes or breaks a limit. */
export function visitValues(
  rule: TargetRule,
  at: Positions,
  values: Float64Array,
  visit: ValueVisitor,
): void {
  if (rule.rule === 'disk') {
    for (const disk of at.disks) visitReading(disk.mount, values[disk.index], visit);
  } else {
    visitReading('', singleValue(rule, at, values), visit);
  }
}

function singleValue(rule: TargetRule, at: Positions, values: Float64Array): number | undefined {
  switch (rule.rule) {
    case 'usage':
      return values[at.usage];
    case 'memory':
      return values[at.memory];
    case 'load':
      return values[at.load];
    case 'temperature':
      return temperature(rule, at, values);
    default:
      return undefined;
  }
}

function visitReading(instance: string, value: number | undefined, visit: ValueVisitor): void {
  if (value !== undefined && !Number.isNaN(value)) visit(instance, value);
}

/** Mean, or the highest, of the sensors that read. NaN when none does. */
function temperature(rule: TargetRule, at: Positions, values: Float64Array): number {
  let sum = 0;
  let hottest = Number.NEGATIVE_INFINITY;
  let reading = 0;
  for (const index of at.temperatures) {
    const value = values[index]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    hottest = Math.max(hottest, value);
    reading += 1;
  }
  if (reading === 0) return Number.NaN;
  return rule.sensor === 'hottest' ? hottest : sum / reading;
}
