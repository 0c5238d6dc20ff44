// Which faults of a database pass by themselves. What is done until then is left to those who write.
import type { DatabaseErrorCode } from '@guardia/db/worker';

/** Work that was given up for one of these is done again later. */
export const PASSING: ReadonlySet<DatabaseErrorCode> = new Set([
  'DATABASE_FULL',
  'DATABASE_BUSY',
  'DATABASE_UNREACHABLE',
]);
