// Compiles and runs the Erlang counterpart in a temporary folder, one scheduler, once per round.
// What it measures is in otp_bench.erl.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, 'otp_bench.erl');
const RUN_LIMIT_MS = 120_000;

export interface Otp {
  /** For example `25`. */
  readonly release: string;
  /** Rates per second by figure. */
  round(scale: number): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

/** Undefined when Erlang isn't installed and couldn't be. */
export async function startOtp(): Promise<Otp | undefined> {
  if (!(await hasErlang()) && !((await install()) && (await hasErlang()))) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'guardia-otp-'));
  await run('erlc', ['-o', folder, SOURCE], { timeout: RUN_LIMIT_MS });
  const { stdout } = await erl(['-eval', 'io:format("~s", [erlang:system_info(otp_release)]), halt().']);
  return {
    release: stdout.trim(),
    async round(scale) {
      const printed = await erl(['-pa', folder, '-s', 'otp_bench', 'main', String(scale)]);
      return parse(printed.stdout);
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

function erl(args: string[]): Promise<{ stdout: string }> {
  return run('erl', ['+S', '1', '-noshell', '-noinput', ...args], { timeout: RUN_LIMIT_MS });
}

async function hasErlang(): Promise<boolean> {
  try {
    await erl(['-eval', 'halt().']);
    return true;
  } catch {
    return false;
  }
}

async function install(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  try {
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'erlang-base'], {
      timeout: RUN_LIMIT_MS,
    });
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): Map<string, number> {
  const figures = new Map<string, number>();
  for (const line of text.trim().split('\n')) {
    const [name = '', value] = line.split(' ');
    figures.set(name, Number(value));
  }
  return figures;
}
