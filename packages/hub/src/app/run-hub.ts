// The program `guardia hub`: loads the configuration, runs a hub until a signal or a failure ends it, and says by
// its exit code how that went. What a hub is stands in hub.ts.
import { systemClock } from '@guardia/kernel';
import { formatProblems, GuardiaError, loadConfigFile } from '@guardia/model';
import type { Logger } from 'pino';
import { Hub } from './hub.ts';
import { createLog, writeToStderr } from './log.ts';

export interface RunOptions {
  readonly file: string;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  /** Takes the log, line by line. @default standard error */
  readonly write?: (line: string) => void;
}

/** Runs until SIGTERM or SIGINT. SIGHUP reloads.
 *  @returns exit code: 0 stopped cleanly, 1 failed, 2 the configuration is wrong */
export async function runHub({
  file,
  logLevel,
  logFormat,
  write = writeToStderr,
}: RunOptions): Promise<number> {
  const log = createLog({ level: logLevel, format: logFormat, write });
  const loadConfig = () => loadConfigFile(file, { env: process.env });
  const loaded = await loadConfig();
  if (!loaded.ok) {
    process.stderr.write(`${formatProblems(loaded.problems)}\n`);
    return 2;
  }
  const hub = new Hub({ config: loaded.config, loadConfig, clock: systemClock, log });
  const signal = stopSignal();
  const reload = (): void => void reloadAndLog(hub, log);
  process.on('SIGHUP', reload);
  try {
    const code = await runUntilEnd(hub, signal, log);
    return (await stop(hub, log)) ? code : 1;
  } finally {
    process.off('SIGHUP', reload);
  }
}

async function runUntilEnd(hub: Hub, signal: Promise<NodeJS.Signals>, log: Logger): Promise<number> {
  try {
    await hub.start();
    log.info({ url: hub.url }, 'hub started');
    const ended = await Promise.race([signal, hub.failed]);
    if (ended instanceof Error) throw ended;
    log.info({ signal: ended }, 'stopping');
    return 0;
  } catch (error) {
    log.fatal(describe(error), 'hub failed');
    return 1;
  }
}

/** False when something was lost or could not be closed; the log says what. */
async function stop(hub: Hub, log: Logger): Promise<boolean> {
  try {
    await hub.stop();
    log.info('hub stopped');
    return true;
  } catch (error) {
    log.error(describe(error), 'hub stopped, but not cleanly');
    return false;
  }
}

/** Later signals find a handler and change nothing: the stop is under way and bounded. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, resolve);
  });
}

/** Never rejects: the hub logs what came of it, this what went wrong on the way. */
async function reloadAndLog(hub: Hub, log: Logger): Promise<void> {
  try {
    await hub.reload();
  } catch (error) {
    log.error(describe(error), 'the reload failed');
  }
}

/** What to say of an error: the sentence of the innermost error of ours, else all messages down the causes, each once. */
function describe(error: unknown): { error: string } {
  const ours = causes(error).findLast((cause) => cause instanceof GuardiaError);
  if (ours !== undefined) return { error: ours.message };
  const messages: string[] = [];
  for (const { message } of causes(error)) {
    if (!messages.some((said) => said.includes(message))) messages.push(message);
  }
  return { error: messages.join(': ') };
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let e = error; e instanceof Error && found.length < 10; e = e.cause) found.push(e);
  return found;
}
