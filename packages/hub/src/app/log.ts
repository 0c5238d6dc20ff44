// The hub's log: pino, as JSON lines for programs or as short lines for people.
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export interface LogOptions {
  /** Least severe level that is written. */
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

/** Writes to standard error, so that standard output stays free for what a command prints. Lines are written
 *  at once: a crash loses none. */
export function createLog({ level, format }: LogOptions): Logger {
  if (format === 'json')
    return pino(
      { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ dest: 2, sync: true }),
    );
  const toLine = pretty.prettyFactory({
    colorize: process.stderr.isTTY === true,
    translateTime: 'HH:MM:ss',
    ignore: 'pid,hostname',
  });
  return pino({ level, base: null }, { write: (line: string) => process.stderr.write(toLine(line)) });
}
