// Says in the log what sample storage noticed by itself, and what to do about it. Noticing, and how often, is left to the
// series package.
import type { TargetId } from '@guardia/model';
import type { SeriesNotice } from '@guardia/series';
import type { Logger } from 'pino';

/** @param nameOf what people call a target */
export function logNotice(
  log: Logger,
  notice: SeriesNotice,
  nameOf: (id: TargetId) => string = (id) => id,
): void {
  switch (notice.type) {
    case 'too-many-series': {
      const { targetId, refused, samples, limit } = notice;
      log.warn(
        { targetId, refused, samples, limit },
        `${nameOf(targetId)}: ${refused} series are beyond storage.max_series_per_target (${limit}) and left out, ` +
          `${samples} samples since this was last said. Raise it, or drop labels that change all the time.`,
      );
      break;
    }
    case 'corrupt-chunk': {
      const { targetId, key, tier, start, end, message } = notice;
      log.error(
        { targetId, series: key, tier, from: new Date(start), to: new Date(end) },
        `stored samples are damaged and left out: ${message}. Check the disk; guardia restore brings a backup back.`,
      );
      break;
    }
    case 'merge-failed': {
      const { targetId, start, message } = notice;
      log.error(
        { targetId, day: new Date(start) },
        `a day could not be packed and is tried again: ${message}. Its samples are there; please report this.`,
      );
      break;
    }
    case 'spool-damaged': {
      const { path, message } = notice;
      log.error({ path }, `the spool: ${message}. Check the disk of this machine.`);
      break;
    }
  }
}
