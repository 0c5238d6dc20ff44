import { env, execPath } from 'node:process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { limitYoungGeneration } from './young-generation.ts';

// The real one would replace the process of the test; that it works is seen where the programs are started.
const execve = vi
  .spyOn(process as { execve: (...args: unknown[]) => void }, 'execve')
  .mockImplementation(() => {});
const before = env.NODE_OPTIONS;

beforeEach(() => {
  execve.mockClear();
  delete env.NODE_OPTIONS;
});
afterEach(() => {
  if (before === undefined) delete env.NODE_OPTIONS;
  else env.NODE_OPTIONS = before;
});

test('starts the same program again, with the limit before everything else', () => {
  limitYoungGeneration();
  expect(execve).toHaveBeenCalledOnce();
  const [file, argv] = execve.mock.calls[0] as [string, string[]];
  expect(file).toBe(execPath);
  expect(argv.slice(0, 2)).toEqual([execPath, expect.stringMatching(/^--max-semi-space-size=\d+$/)]);
  expect(argv.slice(-process.argv.length + 1)).toEqual(process.argv.slice(1));
});

test('does nothing where somebody has set the limit', () => {
  env.NODE_OPTIONS = '--max-semi-space-size=4';
  limitYoungGeneration();
  expect(execve).not.toHaveBeenCalled();
});
