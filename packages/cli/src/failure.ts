// What a command says when it fails for a reason that a person can act on. With which code it ends is left to the
// command.
import { GuardiaError } from '@guardia/model';

const NEXT_STEPS: Readonly<Record<string, string>> = {
  EACCES: 'Check that this user may use it.',
  EEXIST: 'Name another, or move it away.',
  EISDIR: 'Name a file, not a folder.',
  ENOENT: 'Check the path.',
  ENOSPC: 'Make room on that disk.',
  ENOTDIR: 'Check the path.',
  EPERM: 'Check that this user may use it.',
  EROFS: 'Name a place that can be written to.',
};

/** One line with the next step; null when the program is at fault, not the disk, the path or what was asked for. */
export function failureText(error: unknown): string | null {
  if (error instanceof GuardiaError) return error.message;
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return null;
  const next = NEXT_STEPS[String(error.code)];
  return next === undefined ? error.message : `${error.message}. ${next}`;
}
