// One run of a program: a process group of its own, JSON on its standard input, bounded in time and in output. What
// its end means for a delivery is exec.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '@guardia/kernel';

/** How a run ended. `failed`: it could not be started. `stopped`: it was ended from here, `why`. */
export type RunEnd =
  | { readonly type: 'failed'; readonly code: string }
  | { readonly type: 'exited'; readonly code: number; readonly output: string }
  | { readonly type: 'signalled'; readonly signal: string; readonly output: string }
  | { readonly type: 'stopped'; readonly why: 'time' | 'signal' };

export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Pick<Clock, 'after'>;
}

/** No more of what it writes is kept; the rest is read and dropped, so that it isn't held up. */
const OUTPUT_BYTES = 65_536;
/** A program that is asked to end has so long before it is killed. */
const GRACE_MS = 2_000;

/** Runs a program once. When it was stopped from here, the group that it leads is gone as well; when it ended by
 *  itself, what it left in the background lives on. Never rejects. */
export class Run {
  readonly ended: Promise<RunEnd>;
  readonly #options: RunOptions;
  readonly #output: Buffer[] = [];
  #outputBytes = 0;
  #child: ChildProcess | undefined;
  #stopped: 'time' | 'signal' | null = null;
  #cancelTimer = (): void => {};
  #end: (end: RunEnd) => void;

  constructor(options: RunOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<RunEnd>();
    this.ended = promise;
    this.#end = (end) => {
      this.#release();
      resolve(end);
    };
    this.#start();
  }

  /** Ends it at once, without asking. */
  kill(): void {
    if (this.#hasExited()) return;
    this.#stopped ??= 'signal';
    this.#signalGroup('SIGKILL');
  }

  #start(): void {
    const { timeoutMs, signal, clock } = this.#options;
    if (signal.aborted) {
      this.#end({ type: 'stopped', why: 'signal' });
      return;
    }
    const child = this.#spawn();
    if (child === undefined) return;
    this.#child = child;
    this.#cancelTimer = clock.after(timeoutMs, () => this.#stop('time'));
    signal.addEventListener('abort', this.#onAbort);
    this.#attend(child);
  }

  #spawn(): ChildProcess | undefined {
    const { command, args, env } = this.#options;
    try {
      // `detached` makes it the leader of a group, so that what it starts can be ended with it.
      return spawn(command, args, { env, cwd: '/', detached: true, stdio: 'pipe', shell: false });
    } catch (error) {
      this.#end({ type: 'failed', code: codeOf(error) });
      return undefined;
    }
  }

  #attend(child: ChildProcess): void {
    child.once('error', (error) => this.#end({ type: 'failed', code: codeOf(error) }));
    child.once('exit', (code) => {
      // Whoever closes the pipes doesn't matter to a success; what a program left in the background may keep them open.
      if (this.#stopped !== null) this.#gone(this.#stopped);
      else if (code === 0) this.#end({ type: 'exited', code, output: '' });
    });
    child.once('close', (code, signal) => this.#end(this.#endOf(code, signal)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => this.#keep(chunk));
    }
    // A program need not read its input; a broken pipe is no failure of its own.
    child.stdin?.on('error', () => {});
    child.stdin?.end(this.#options.input);
  }

  #keep(chunk: Buffer): void {
    if (this.#outputBytes >= OUTPUT_BYTES) return;
    const kept = chunk.subarray(0, OUTPUT_BYTES - this.#outputBytes);
    this.#outputBytes += kept.length;
    this.#output.push(kept);
  }

  readonly #onAbort = (): void => this.#stop('signal');

  #stop(why: 'time' | 'signal'): void {
    if (this.#stopped !== null || this.#hasExited()) return;
    this.#stopped = why;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(GRACE_MS, () => this.#signalGroup('SIGKILL'));
    this.#signalGroup('SIGTERM');
  }

  /** Whether it has ended by itself and only its pipes are open, held by what it left in the background: nobody waits for
   *  those any longer then. */
  #hasExited(): boolean {
    const { exitCode = null, signalCode = null } = this.#child ?? {};
    if (exitCode === null && signalCode === null) return false;
    this.#end(this.#endOf(exitCode, signalCode));
    return true;
  }

  /** The leader has ended after it was told to; the rest of its group goes with it. */
  #gone(why: 'time' | 'signal'): void {
    this.#signalGroup('SIGKILL');
    this.#end({ type: 'stopped', why });
  }

  #endOf(code: number | null, signal: string | null): RunEnd {
    const output = Buffer.concat(this.#output).toString();
    return signal === null
      ? { type: 'exited', code: code ?? 0, output }
      : { type: 'signalled', signal, output };
  }

  #signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left in the group; or it became another account's, by sudo for instance, and is left behind.
      if (signal === 'SIGKILL') this.#end({ type: 'stopped', why: this.#stopped ?? 'signal' });
    }
  }

  #release(): void {
    this.#cancelTimer();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    for (const stream of [this.#child?.stdin, this.#child?.stdout, this.#child?.stderr]) stream?.destroy();
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}
