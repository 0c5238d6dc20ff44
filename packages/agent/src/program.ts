// The program `guardia-agent`: the composition root that gives an agent its real clock, readings and signals.
// What settings mean is left to options.ts, serving to the agent.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { AgentStartError, createAgent } from './agent.ts';
import { systemClock } from './clock.ts';
import { LinuxReadings } from './linux/linux-readings.ts';
import { lineLog } from './log.ts';
import type { AgentSettings } from './options.ts';
import { HELP, parseOptions } from './options.ts';
import { AGENT_VERSION } from './version.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Runs until a stop signal comes.
 *  @param argv arguments after the program's name
 *  @returns exit code: 0 stopped cleanly, 1 could not listen, 2 wrong settings */
export async function runAgent(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const dotenv = readDotenv();
  if (dotenv.type === 'unreadable') return usageError(dotenv.message);
  const options = parseOptions({ argv, env, dotenv: dotenv.text });
  if (options.type === 'help') return printed(HELP);
  if (options.type === 'version') return printed(`guardia-agent ${AGENT_VERSION}\n`);
  if (options.type === 'invalid') return usageError(options.message);
  return serve(options.settings, options.warnings);
}

async function serve(settings: AgentSettings, warnings: readonly string[]): Promise<number> {
  keepHeapSmall();
  const log = lineLog((line) => process.stderr.write(line));
  const readings = new LinuxReadings({ clock: systemClock, root: settings.root });
  const agent = createAgent({ ...settings, readings, clock: systemClock, log });
  const signal = stopSignal();
  try {
    const { port } = await agent.start();
    for (const warning of warnings) log.warn(warning);
    if (process.platform !== 'linux') log.warn('readings are taken on Linux only; here they are null');
    log.info(`guardia-agent ${AGENT_VERSION} listens on ${settings.addr} port ${port}`);
    log.info(`stopping on ${await signal}`);
    return 0;
  } catch (error) {
    if (!(error instanceof AgentStartError)) throw error;
    process.stderr.write(`guardia-agent: ${error.message}\n`);
    return 1;
  } finally {
    await agent.stop();
    if (readings.stuck) killSelf();
  }
}

/** V8 lets its young generation grow to 16 MiB a half when a program allocates in bursts. What one reading leaves
 *  is tens of kilobytes, so it stays at its first size: 6 MiB less memory, measured, at the same cost. */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Later signals find a handler and change nothing: the stop is under way and bounded. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, resolve);
  });
}

/** A thread that hangs in a network mount keeps an ordinary exit waiting for as long as the mount hangs. */
function killSelf(): void {
  process.kill(process.pid, 'SIGKILL');
}

type Dotenv = { type: 'read'; text: string | undefined } | { type: 'unreadable'; message: string };

/** A file that is there and cannot be read may hold the secret: running open instead would be wrong. */
function readDotenv(): Dotenv {
  try {
    return { type: 'read', text: readFileSync('.env', 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // node:fs throws nothing else
    if (code === 'ENOENT' || code === 'EISDIR') return { type: 'read', text: undefined };
    return { type: 'unreadable', message: `.env: ${message}; make it readable or take it away` };
  }
}

function printed(text: string): number {
  process.stdout.write(text);
  return 0;
}

function usageError(message: string): number {
  for (const line of message.split('\n')) process.stderr.write(`guardia-agent: ${line}\n`);
  return 2;
}
