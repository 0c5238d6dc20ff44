// The errors of sample storage that its callers tell apart. What a database file refuses by itself is
// DatabaseError of the db package, kept here as the cause.
import { GuardiaError } from '@guardia/model';

/** Storage has failed for good or is closed: nothing is accepted or read until a new start. */
export class SeriesUnavailable extends GuardiaError {
  readonly code = 'SERIES_UNAVAILABLE';
}

/** The question needs history, and the backend keeps none: the API answers 409 with this code. */
export class HistoryNotKept extends GuardiaError {
  readonly code = 'HISTORY_NOT_KEPT';

  constructor(question: string) {
    super(
      `${question} needs history, and storage.backend is none, which keeps only the newest frame of each target. ` +
        'Set storage.backend to sqlite or memory.',
    );
  }
}

/** A rejected promise that may be looked at late: its caller awaits something else first, and the process must not end
 *  over a rejection that nobody has seen yet. */
export function refused(error: SeriesUnavailable): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}
