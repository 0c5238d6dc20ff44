// Why a poll failed: nothing answered (Unanswered) or something answered that isn't a reading (BadAnswer).
// Both carry the sentence that people read; neither ever holds a token.
import { GuardiaError } from '@guardia/model';

/** Something answered, but not with a reading. */
export class BadAnswer extends GuardiaError {
  readonly code = 'BAD_ANSWER';
  override readonly retryable = true;
}

/** Nothing answered in time. */
export class Unanswered extends GuardiaError {
  readonly code = 'UNANSWERED';
  override readonly retryable = true;
}
