import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CpuUsageMeter } from './cpu-usage.ts';
import { parseProcStat } from './proc-stat.ts';

/** user nice system idle iowait irq softirq steal, in ticks */
function cores(...ticks: number[][]) {
  return parseProcStat(ticks.map((columns, core) => `cpu${core} ${columns.join(' ')} 0 0`).join('\n')).cores;
}

it('gives no usage without an earlier reading', () => {
  expect(new CpuUsageMeter().measure(cores([1, 2, 3, 4, 5, 6, 7, 8]), 0)).toBeNull();
});

it('counts everything but idle and iowait as busy', () => {
  const meter = new CpuUsageMeter();
  meter.measure(cores([0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]), 1000);
  const usage = meter.measure(cores([10, 5, 5, 60, 15, 1, 2, 2], [0, 0, 0, 100, 0, 0, 0, 0]), 2500);
  expect(usage).toEqual({ windowS: 1.5, average: 12.5, byCore: [25, 0] });
});

it('gives null, not 0, when no tick passed', () => {
  const meter = new CpuUsageMeter();
  meter.measure(cores([1, 0, 0, 9, 0, 0, 0, 0]), 1000);
  expect(meter.measure(cores([1, 0, 0, 9, 0, 0, 0, 0]), 1001)).toBeNull();
});

it('gives null for a core that came online since', () => {
  const meter = new CpuUsageMeter();
  meter.measure(cores([0, 0, 0, 0, 0, 0, 0, 0]), 0);
  const usage = meter.measure(cores([50, 0, 0, 50, 0, 0, 0, 0], [900, 0, 0, 0, 0, 0, 0, 0]), 1000);
  expect(usage).toEqual({ windowS: 1, average: 50, byCore: [50, null] });
});

it('stays between 0 and 100 whatever the counters do', () => {
  const ticks = fc.array(fc.nat(1_000_000), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(ticks, ticks, ticks, (first, second, third) => {
      const meter = new CpuUsageMeter();
      meter.measure(cores(first), 0);
      for (const [index, columns] of [second, third].entries()) {
        const average = meter.measure(cores(columns), (index + 1) * 1000)?.average ?? 0;
        expect(average).toBeGreaterThanOrEqual(0);
        expect(average).toBeLessThanOrEqual(100);
      }
    }),
  );
});
