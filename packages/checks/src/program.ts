// Runs a program of this machine for a check: arguments as a list, never a shell, nothing of our environment but the
// search path. What its lines mean is for the check.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Characters of the error output that are kept. */
const ERROR_CHARACTERS = 300;

export interface ProgramEnd {
  /** Exit code; null when it did not start, or was ended by a signal or by us. */
  readonly code: number | null;
  /** Why it did not start: `ENOENT` when it isn't installed; null when it did. */
  readonly startError: string | null;
  /** The beginning of what it said on its error output, as one line. */
  readonly said: string;
}

export interface ProgramOptions {
  /** A name that is looked for in PATH, or a path. */
  readonly file: string;
  readonly argv: readonly string[];
  readonly onLine: (line: string) => void;
  /** Kills it; the answer comes at once, with what was said until then. */
  readonly signal: AbortSignal;
}

/** Never rejects. Resolves when the program has ended and all its lines were handed on. */
export function runProgram({ file, argv, onLine, signal }: ProgramOptions): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    let said = '';
    const end = (code: number | null, startError: string | null = null) => {
      signal.removeEventListener('abort', kill);
      resolve({ code, startError, said: said.trim().replaceAll(/\s+/g, ' ') });
    };
    const failed = (error: NodeJS.ErrnoException) => end(null, error.code ?? 'unknown error');
    const child = started(file, argv, failed);
    const kill = () => {
      child?.kill('SIGKILL');
      end(null);
    };
    if (child === null) return;
    child.once('error', failed);
    const lines = createInterface(child.stdout).on('line', onLine);
    // The last line may come after the program has ended.
    lines.once('close', () =>
      child.exitCode === null ? child.once('exit', (code) => end(code)) : end(child.exitCode),
    );
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(0, ERROR_CHARACTERS);
    });
    signal.addEventListener('abort', kill);
    if (signal.aborted) kill();
  });
}

/** Null where this machine is out of memory or files: then there are no pipes, and `failed` is called now or soon. */
function started(file: string, argv: readonly string[], failed: (error: Error) => void) {
  try {
    const child = spawn(file, argv, {
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if ((child.stdout as Readable | undefined) !== undefined) return child;
    child.once('error', failed);
  } catch (error) {
    failed(error as Error);
  }
  return null;
}
