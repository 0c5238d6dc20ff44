// A program of this machine that tells someone: started without a shell, the message as JSON on its standard input.
// How one run is bounded is exec-run.ts; what the JSON holds is webhook-body.ts.
import type { Clock } from '@guardia/kernel';
import type { ExecNotifierConfig } from '@guardia/model';
import type { Message, Notifier, SendResult } from '../notifier.ts';
import { webhookBody } from '../webhook/webhook-body.ts';
import { Run, type RunEnd } from './exec-run.ts';

const QUOTED_CHARACTERS = 200;
/** Arguments shorter than this are words, not secrets. */
const MIN_SECRET_LENGTH = 6;

/** Exit codes by which a program says that another try is of no use: sysexits.h's usage, data, permission and
 *  configuration, and the two by which a shell says that a program is missing or can't be run. */
const FINAL_CODES: ReadonlySet<number> = new Set([64, 65, 77, 78, 126, 127]);

/** Why a program could not be started, where only people can change that. */
const FINAL_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program, or the interpreter of its first line is missing',
  ENOTDIR: 'there is no such program: a part of its path is no folder',
  EACCES: 'it may not be executed by the account that the hub runs as',
  ENOEXEC: 'it is no program that this machine can execute',
  ELOOP: 'its path has links that lead in a circle',
};

export interface ExecDeps {
  readonly clock: Pick<Clock, 'after'>;
}

/** Makes a notifier that runs `command` with exactly `args` once per message. Nothing of a message becomes an argument.
 *  Exit 0 is delivered; 64, 65, 77, 78, 126 and 127 are final; any other end is worth another try, because most
 *  programs have one code for every failure. */
export function createExecNotifier(config: ExecNotifierConfig, { clock }: ExecDeps): Notifier {
  const { name, command, args, timeoutMs } = config;
  const running = new Set<Run>();
  return {
    name,
    kind: 'exec',
    async send(message, signal) {
      const input = webhookBody(message);
      const run = new Run({ command, args, env: environment(message), input, timeoutMs, signal, clock });
      running.add(run);
      const end = await run.ended;
      running.delete(run);
      return judge(config, end);
    },
    async close() {
      for (const run of running) run.kill();
      await Promise.all([...running].map((run) => run.ended));
    },
  };
}

/** All that a program gets: nothing of the hub's own environment, which may hold secrets. */
function environment({ dedupeKey, notices }: Message): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    GUARDIA_KIND: notices[0].kind,
    GUARDIA_DEDUPE_KEY: dedupeKey,
  };
}

function judge(config: ExecNotifierConfig, end: RunEnd): SendResult {
  const { command, timeoutMs } = config;
  switch (end.type) {
    case 'failed':
      return notStarted(command, end.code);
    case 'stopped':
      return retry(
        end.why === 'time'
          ? `${command}: had not ended after ${timeoutMs} ms (timeout), and was ended`
          : `${command}: had not ended before the attempt was given up`,
      );
    case 'signalled':
      return retry(`${command} was ended by ${end.signal}${quote(config, end.output)}`);
    default:
      return exited(config, end);
  }
}

function notStarted(command: string, code: string): SendResult {
  const final = FINAL_FAILURES[code];
  if (final === undefined) return retry(`${command}: could not be started (${code})`);
  return { type: 'refused', error: `${command}: ${final}; correct the notifier's command` };
}

function exited(config: ExecNotifierConfig, { code, output }: { code: number; output: string }): SendResult {
  const said = `${config.command} ended with ${code}`;
  if (code === 0) return { type: 'delivered', detail: said };
  const error = `${said}${quote(config, output)}`;
  return FINAL_CODES.has(code) ? { type: 'refused', error } : retry(error);
}

function retry(error: string): SendResult {
  return { type: 'retry', afterMs: null, error };
}

/** The start of what it wrote, in one line and without the arguments, which may hold a secret. */
function quote({ args }: ExecNotifierConfig, output: string): string {
  const secrets = args.filter((arg) => arg.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  const line = secrets
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), output)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line === '' ? '' : `: ${[...line].slice(0, QUOTED_CHARACTERS).join('')}`;
}
