// Runs a command line inside the test and keeps what it prints. Real processes are the end-to-end tests' business.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { runProgram } from '../program.ts';

export interface Printed {
  stdout: string;
  stderr: string;
}

/** Keeps what is printed from now until the test ends. */
export function capture(): Printed {
  const printed: Printed = { stdout: '', stderr: '' };
  const keep = (to: keyof Printed) => (text: unknown) => {
    printed[to] += String(text);
    return true;
  };
  const line = (to: keyof Printed) => (text: unknown) => void keep(to)(`${String(text)}\n`);
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(keep('stdout')),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep('stderr')),
    vi.spyOn(console, 'log').mockImplementation(line('stdout')),
    vi.spyOn(console, 'error').mockImplementation(line('stderr')),
  ];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return printed;
}

/** Runs `guardia` with these arguments to its end. */
export async function guardia(...argv: string[]): Promise<Printed & { code: number }> {
  const before = process.exitCode;
  const printed = capture();
  try {
    return { code: await runProgram(argv), ...printed };
  } finally {
    process.exitCode = before;
  }
}

/** A file with this text in a folder that is gone after the test. */
export function fileWith(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** The listeners for a signal that are added from now on, and are removed with the test at the latest. */
export function signalListeners(name: NodeJS.Signals): () => NodeJS.SignalsListener[] {
  const before = process.listeners(name);
  const added = () => process.listeners(name).filter((listener) => !before.includes(listener));
  onTestFinished(() => {
    for (const listener of added()) process.off(name, listener);
  });
  return added;
}
