import { expect, test } from 'vitest';
import { Progress } from './progress.ts';

function shown(isTTY: boolean): { progress: Progress; lines: string[] } {
  const lines: string[] = [];
  return { lines, progress: new Progress({ isTTY, write: (text) => lines.push(text) }) };
}

test('draws one line over and over on a terminal, and wipes it at the end', () => {
  const { progress, lines } = shown(true);
  progress.show('copying', 0);
  progress.show('copying', 0.5);
  progress.show('copying', 0.5);
  progress.end();
  progress.end();
  expect(lines).toEqual([
    '\r\x1b[K........................   0 % copying',
    '\r\x1b[K############............  50 % copying',
    '\r\x1b[K',
  ]);
});

test('prints a line per step where nobody draws', () => {
  const { progress, lines } = shown(false);
  for (const [step, share] of [
    ['copying', 0],
    ['copying', 1],
    ['packing', 0.2],
  ] as const)
    progress.show(step, share);
  progress.end();
  expect(lines).toEqual(['copying\n', 'packing\n']);
});
