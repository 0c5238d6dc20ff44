// The error of backing up and restoring that a person can act on. Faults of the databases themselves are DatabaseError.
import { GuardiaError } from '@guardia/model';

export class BackupRefused extends GuardiaError {
  readonly code = 'BACKUP_REFUSED';
}
