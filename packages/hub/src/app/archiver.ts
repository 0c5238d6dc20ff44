// Runs the archive's job for the storage actor, and knows whether the archive can do its work. When it runs is left to
// the storage actor, what is moved to the archive package.
import type { Archive, ArchiveSize, Written } from '@guardia/archive';
import type { Clock } from '@guardia/kernel';
import { GuardiaError } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { Logger } from 'pino';
import type { ArchiveRun, ArchiveStats } from '../api/deps.ts';
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
  /** Null until it was counted: that looks at every file. */
  #size: ArchiveSize | null = null;
  /** As of the last run; null before the first one. */
  #waiting: number | null = null;
  #lastRun: ArchiveRun | null = null;

  constructor(parts: ArchiverParts) {
    this.#parts = parts;
  }

  /** What keeps samples from the archive, for /health; null while nothing does. */
  get problem(): string | null {
    return this.#problem;
  }

  /** What is in the archive, how far it is behind, and what the last run moved. @throws what the series throw */
  async stats(): Promise<ArchiveStats> {
    const until = await this.#parts.series.archivedUntil();
    return {
      ...(this.#size ?? { files: null, bytes: null }),
      until,
      daysWaiting: until === null ? this.#waiting : await this.#daysWaiting(),
      problem: this.#problem,
      lastRun: this.#lastRun,
    };
  }

  /** Says at the start, not days later, that the archive can't be used. The hub runs without it. */
  async check(): Promise<void> {
    // In the background: a hub doesn't wait for what is only shown.
    void this.#count().catch(() => undefined);
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

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#noting(() => this.#move(signal));
    } finally {
      if (!signal.aborted) await this.#look();
    }
  }

  async #move(signal: AbortSignal): Promise<void> {
    const { series, archive, afterMs, clock, log } = this.#parts;
    const startedAt = clock.mono();
    const note = ({ files, samples, bytes }: Written): void => {
      const durationMs = clock.mono() - startedAt;
      this.#lastRun = { at: clock.wall(), durationMs, files, samples, bytes };
    };
    note({ files: 0, samples: 0, bytes: 0 });
    // A run that finds nothing to archive would not notice.
    await archive.check();
    const { archiveJob } = await import('@guardia/archive');
    const done = await archiveJob(series, archive, {
      afterMs: afterMs(),
      now: clock.wall(),
      signal,
      onProgress(progress) {
        note(progress);
        const { until, daysLeft, files } = progress;
        log.info({ until: until && new Date(until), daysLeft, files }, 'samples moved to the archive');
      },
    });
    note(done);
    log.debug({ ...done }, 'the archive is up to date');
  }

  /** What is only shown stops nothing. */
  async #look(): Promise<void> {
    try {
      await this.#count();
      this.#waiting = await this.#daysWaiting();
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the archive could not be counted');
    }
  }

  async #count(): Promise<void> {
    this.#size = await this.#parts.archive.size();
  }

  async #daysWaiting(): Promise<number> {
    const { series, afterMs, clock } = this.#parts;
    const { daysWaiting } = await import('@guardia/archive');
    return daysWaiting(series, { afterMs: afterMs(), now: clock.wall() });
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
