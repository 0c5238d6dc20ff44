// Starts the program `guardia-agent` as a real process for tests, in a folder of its own.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const AGENT_MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface AgentProcess {
  readonly child: ChildProcess;
  /** The port it listens on; rejects with what it said when it ends before. */
  readonly listening: Promise<number>;
  /** Everything it said, and how it ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
}

export interface AgentProcessOptions {
  readonly cwd: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Flags for Node. */
  readonly nodeArgs?: readonly string[];
}

export function startAgentProcess({
  cwd,
  args = [],
  env = {},
  nodeArgs = [],
}: AgentProcessOptions): AgentProcess {
  const child = spawn(process.execPath, [...nodeArgs, AGENT_MAIN, ...args], { cwd, env });
  return watched(child);
}

export function watched(child: ChildProcess): AgentProcess {
  let stdout = '';
  let stderr = '';
  const { promise: listening, resolve, reject } = Promise.withResolvers<number>();
  child.stdout!.on('data', (chunk: Buffer) => {
    stdout += String(chunk);
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += String(chunk);
    const port = / listens on \S+ port (\d+)\n/.exec(stderr)?.[1];
    if (port !== undefined) resolve(Number(port));
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    reject(new Error(`ended before it listened: ${stderr}`));
    return { code: code as number | null, signal: signal as string | null, stdout, stderr };
  });
  listening.catch(() => {}); // not every test waits for it
  return { child, listening, ended };
}
