// Real programs for end-to-end tests: each runs as a process of its own in a temporary folder and is ended by its
// own id when the test is over.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@guardia/testing';

export { freePort };

const GUARDIA = fileURLToPath(new URL('../../packages/cli/src/guardia.ts', import.meta.url));

/** How often a condition is looked at, and for how long at most. */
const LOOK_MS = 50;
const GIVE_UP_MS = 60_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started program with everything that it printed so far. */
export class Program {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  output = '';

  constructor(command: string, args: readonly string[], options: { env: NodeJS.ProcessEnv; cwd: string }) {
    const env = { ...process.env, ...options.env };
    this.child = spawn(command, args, { env, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.exited = once(this.child, 'close').then(([code, signal]) => ({ code, signal }) as Exit);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async stop(): Promise<Exit> {
    this.signal('SIGTERM');
    return this.exited;
  }

  /** Waits until the program has printed this. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    return until(`${pattern} in the output`, () => {
      if (this.child.exitCode !== null && !pattern.test(this.output))
        throw new Error(`the program ended with ${this.child.exitCode}:\n${this.output}`);
      return pattern.exec(this.output);
    });
  }
}

/** Looks until `find` gives something; fails with what was waited for. */
export async function until<T>(
  what: string,
  find: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  giveUpMs = GIVE_UP_MS,
): Promise<T> {
  const deadline = performance.now() + giveUpMs;
  for (;;) {
    const found = await find();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${giveUpMs / 1000} s in vain for ${what}`);
    await sleep(LOOK_MS);
  }
}

/** A folder and the programs of one test; everything is gone after `close`. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'guardia-e2e-'));
  readonly #programs: Program[] = [];

  guardia(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    return this.program([GUARDIA, ...args], env);
  }

  /** Runs Node with these arguments. */
  program(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    return this.command(process.execPath, args, env);
  }

  command(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    const program = new Program(command, args, { env, cwd: this.folder });
    this.#programs.push(program);
    return program;
  }

  /** Starts an agent with this secret on a free port and waits until it listens. */
  async agent(secret: string): Promise<{ program: Program; port: number }> {
    const port = await freePort();
    const args = ['agent', '--addr', '127.0.0.1', '--port', String(port)];
    const program = this.guardia(args, { AGENT_SECRET: secret });
    await program.printed(/listens on/);
    return { program, port };
  }

  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  async close(): Promise<void> {
    for (const program of this.#programs) {
      if (program.child.exitCode === null && program.child.signalCode === null) program.signal('SIGKILL');
      await program.exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
