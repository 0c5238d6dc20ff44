// The program `guardia hub`: loads the configuration, runs a hub until a signal or a failure ends it, and says by
// its exit code how that went. What a hub is stands in hub.ts.
import { systemClock } from '@guardia/kernel';
import { formatProblems, loadConfigFile } from '@guardia/model';
import type { Logger } from 'pino';
import { Hub } from './hub.ts';
import { createLog } from './log.ts';

export interface RunOptions {
  readonly file: string;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
}

/** Runs until SIGTERM or SIGINT. SIGHUP reloads.
 *  @returns exit code: 0 stopped cleanly, 1 failed, 2 the configuration is wrong */
export async function runHub({ file, logLevel, logFormat }: RunOptions): Promise<number> {
  const log = createLog({ level: logLevel, format: logFormat });
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

/** Never rejects: what a reload comes to is nobody's but the log's. */
async function reloadAndLog(hub: Hub, log: Logger): Promise<void> {
  try {
    const answer = await hub.reload();
    if (answer.type === 'reloaded') log.info({ changes: answer.changes }, 'configuration reloaded');
    else log.error(formatProblems(answer.problems));
  } catch (error) {
    log.error(describe(error), 'the reload failed');
  }
}

/** The messages of an error and of its causes, each once. */
function describe(error: unknown): { error: string } {
  const messages: string[] = [];
  for (let e = error; e instanceof Error && messages.length < 5; e = e.cause) {
    if (!messages.some((message) => message.includes((e as Error).message))) messages.push(e.message);
  }
  return { error: messages.join(': ') };
}
