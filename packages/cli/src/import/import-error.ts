// Why a file can't be imported at all. What of a readable file doesn't map is the report's.
import { GuardiaError } from '@guardia/model';

/** The file isn't what the command was told; the message names the file and what was expected. */
export class ImportError extends GuardiaError {
  readonly code = 'IMPORT_UNREADABLE';

  constructor(file: string, expected: string, cause?: unknown) {
    super(`${file} ${expected}`, { cause });
  }
}
