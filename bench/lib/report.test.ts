// Holds the report to the fixed output format.
// What benchmarks print through it is theirs.

import { expect, test } from 'vitest';
import { createReport } from './report.ts';

function setup(quick: boolean) {
  const lines: string[] = [];
  const report = createReport('demo', { quick, print: (line) => lines.push(line) });
  return { lines, report };
}

test('prints the machine and load first, figures with their targets, and the count last', () => {
  const { lines, report } = setup(false);
  report.figure('tell', 2.61234, 'ratio', { op: '>=', value: 2.5 }, { shortened: true });
  report.figure('stop', 0.95, 'ratio', { op: '>=', value: 1 });
  report.figure('rate', 1234567.8, '1/s');
  report.peer('otp', 'tell', 3_000_000, '1/s');
  report.end();
  report.end();
  expect(lines[0]).toMatch(/^machine \d+ x /);
  expect(lines[1]).toMatch(/^load \d/);
  expect(lines[2]).toBe('note bench demo');
  expect(lines.slice(3)).toEqual([
    'figure tell 2.612 ratio target >=2.5',
    'figure stop 0.9500 ratio target >=1',
    'figure rate 1234568 1/s target none',
    'peer otp tell 3000000 1/s',
    'figures: 2 of 3 reached',
  ]);
});

test('quick mode marks shortened figures and allows a tenth', () => {
  const { lines, report } = setup(true);
  expect(report.figure('bytes', 1050, 'B', { op: '<', value: 1000 }, { shortened: true })).toBe(true);
  expect(report.figure('bytes', 1150, 'B', { op: '<=', value: 1000 })).toBe(false);
  expect(report.figure('tell', 2.2, 'ratio', { op: '>', value: 2.5 })).toBe(false);
  expect(report.figure('lost', 1, 'frames', { op: '=', value: 0 })).toBe(false);
  report.end();
  expect(lines[3]).toBe('figure bytes 1050 B target <1000 (quick)');
  expect(lines.at(-1)).toBe('figures: 1 of 4 reached');
});
