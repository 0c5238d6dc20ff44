// Runs a conversation as a check: attempts, the verdict, failures by whose they are, and readings. What is said is the
// caller's part.
import { withRetries } from '../attempts.ts';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Deadline } from '../deadline.ts';
import { deadlineFailure, type NetworkFailure, networkFailure } from '../network-failure.ts';
import { answeredResult, daysUntil, failedResult } from '../reading.ts';
import {
  BrokenDialogue,
  Dialogue,
  type DialogueTarget,
  DialogueTimeout,
  UnexpectedAnswer,
} from './dialogue.ts';
import { readingsOf } from './readings.ts';

/** What all checks that talk over a connection have. */
interface DialogueSpec extends DialogueTarget {
  readonly retries: number;
  readonly degradedMs: number | null;
  readonly certWarnDays?: number;
}

/** Talks over a connection that stands. @returns each expectation that the answers don't meet, as a text: DEGRADED
 *  @throws what makes it DOWN or UNKNOWN */
export type Converse = (dialogue: Dialogue) => Promise<readonly string[]>;

/** Runs a check by a conversation. Never rejects. */
export function runDialogue(
  spec: DialogueSpec,
  context: CheckContext,
  converse: Converse,
): Promise<CheckResult> {
  return withRetries(spec, context, (deadline) => attempt(spec, context, deadline, converse));
}

async function attempt(
  spec: DialogueSpec,
  context: CheckContext,
  deadline: Deadline,
  converse: Converse,
): Promise<CheckResult> {
  const dialogue = new Dialogue(spec, context, deadline);
  try {
    await dialogue.connect();
    const unmet = await converse(dialogue);
    // What little had come when the time was up says nothing when the time wasn't the service's.
    if (unmet.length > 0 && deadline.over) {
      const failure = deadlineFailure(deadline, dialogue.phase, dialogue.address);
      if (failure.status === 'unknown') return failedResult(failure, found(dialogue, context));
    }
    return answeredResult(spec, answered(dialogue, context), unmet);
  } catch (error) {
    const isAnswer = error instanceof UnexpectedAnswer;
    return failedResult(
      failureOf(error, dialogue, deadline),
      isAnswer ? answered(dialogue, context) : found(dialogue, context),
    );
  } finally {
    dialogue.close();
  }
}

function failureOf(error: unknown, dialogue: Dialogue, deadline: Deadline): NetworkFailure {
  if (error instanceof DialogueTimeout) {
    const failure = deadlineFailure(deadline, dialogue.phase, dialogue.address);
    const after = failure.status === 'down' ? dialogue.leftOver : '';
    return { ...failure, errorMessage: failure.errorMessage + after };
  }
  if (error instanceof UnexpectedAnswer || error instanceof BrokenDialogue) {
    return { status: 'down', errorMessage: error.message };
  }
  return networkFailure(error, dialogue.address);
}

function answered(dialogue: Dialogue, context: CheckContext) {
  const responseTimeMs = Math.round((context.clock.mono() - dialogue.startedAt) * 10) / 10;
  return { ...found(dialogue, context), responseTimeMs };
}

function found(dialogue: Dialogue, { clock }: CheckContext) {
  const endsAt = dialogue.certificate?.endsAt ?? null;
  return {
    sslExpiryDays: endsAt === null ? null : daysUntil(endsAt, clock.wall()),
    readings: readingsOf(dialogue),
  };
}
