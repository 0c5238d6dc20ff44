// Runs the archive's job for the storage actor, and knows whether the archive can do its work. When it runs is left to
// the storage actor, what is moved to the archive package.
import type { Archive } from '@guardia/archive';
import type { Clock } from '@guardia/kernel';
import { GuardiaError } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { Logger } from 'pino';
import type { Archiver } from './storage-keeper.ts';

interface ArchiverParts {
  readonly series: SeriesStore;
  readonly archive: Archive;
  /** As configured now. */
  afterMs(): number;
  readonly clock: Clock;
  readonly log: Logger;
}

export class HubArchiver implements Archiver {
  readonly #parts: ArchiverParts;
  #problem: string | null = null;

  constructor(parts: ArchiverParts) {
    this.#parts = parts;
  }

  /** What keeps samples from the archive, for /health; null while nothing does. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Says at the start, not days later, that the archive can't be used. The hub runs without it. */
  async check(): Promise<void> {
    try {
      await this.#noting(() => this.#parts.archive.check());
    } catch (error) {
      if (!(error instanceof GuardiaError)) throw error;
      this.#parts.log.error(
        { err: error },
        `${error.message}. Then start the hub again: until then nothing is archived, and no raw samples are deleted.`,
      );
    }
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#noting(async () => {
      const { series, archive, afterMs, clock, log } = this.#parts;
      // A run that finds nothing to archive would not notice.
      await archive.check();
      const { archiveJob } = await import('@guardia/archive');
      const done = await archiveJob(series, archive, {
        afterMs: afterMs(),
        now: clock.wall(),
        signal,
        onProgress: ({ until, daysLeft, files }) =>
          log.info({ until: until && new Date(until), daysLeft, files }, 'samples moved to the archive'),
      });
      log.debug({ ...done }, 'the archive is up to date');
    });
  }

  async #noting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#problem = null;
    } catch (error) {
      if (error instanceof GuardiaError) this.#problem = error.message;
      throw error;
    }
  }
}
