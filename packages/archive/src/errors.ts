// The errors of the archive that its callers tell apart. Damage of a single file while reading is no error but a notice
// of archive.ts.
import { GuardiaError } from '@guardia/model';

/** The archive can't be used at all: DuckDB isn't installed or doesn't load, or the archive is closed. */
export class ArchiveUnavailable extends GuardiaError {
  readonly code = 'ARCHIVE_UNAVAILABLE';
}

/** A file could not be written, or did not say after writing what it was given; what was there before is unchanged. */
export class ArchiveWriteFailed extends GuardiaError {
  readonly code = 'ARCHIVE_WRITE_FAILED';
  override readonly retryable = true;
}

/** An export that would damage or mix with what is there. */
export class ExportRefused extends GuardiaError {
  readonly code = 'EXPORT_REFUSED';
}
