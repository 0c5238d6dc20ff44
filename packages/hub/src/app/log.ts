// The hub's log: pino, as JSON lines for programs or as short lines for people.
import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export interface LogOptions {
  /** Least severe level that is written. */
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** Takes each line. @default standard error */
  readonly write?: (line: string) => void;
}

/** Writes to standard error, so that standard output stays free for what a command prints. Lines are written
 *  at once: a crash loses none. A line that can't be written is lost, and nothing else. */
export function createLog({ level, format, write = writeToStderr }: LogOptions): Logger {
  if (format === 'json')
    return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  const toLine = pretty.prettyFactory({
    colorize: process.stderr.isTTY === true,
    translateTime: 'HH:MM:ss',
    ignore: 'pid,hostname',
  });
  return pino({ level, base: null }, { write: (line: string) => write(toLine(line)) });
}

/** Tries of a line while its reader is busy; then the line is lost. */
const BUSY_TRIES = 1000;

/** Writes at once. The log may lie on the very disk that is full, or its reader be gone: that must not end the hub. */
export function writeToStderr(line: string): void {
  let rest = Buffer.from(line);
  for (let tries = 0; rest.length > 0 && tries < BUSY_TRIES; tries += 1) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
  }
}
