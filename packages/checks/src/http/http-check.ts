// The HTTP check: connects afresh, asks, and compares the answer with what is expected, in one or more attempts
// within one time-out. What one attempt does is attempt.ts's; whose failure it was is failure.ts's.
import { type HttpCheckSpec, QueryError } from '@guardia/model';
import { withRetries } from '../attempts.ts';
import type { CheckContext, CheckResult } from '../check.ts';
import { failedResult } from '../reading.ts';
import { Attempt } from './attempt.ts';
import { type Plan, planOf } from './plan.ts';

/** Checks once. `timeoutMs` bounds the whole check: all attempts, redirects and the body. See {@link Check.run}. */
export async function runHttpCheck(spec: HttpCheckSpec, context: CheckContext): Promise<CheckResult> {
  let plan: Plan;
  try {
    plan = planOf(spec);
  } catch (error) {
    return unusable(error);
  }
  return withRetries(spec, context, (deadline) => new Attempt(plan, context, deadline).run());
}

/** What the configuration should have refused. */
function unusable(error: unknown): CheckResult {
  const reason = error instanceof QueryError ? error.message : 'its URL is none';
  return failedResult({ status: 'unknown', errorMessage: `the check could not run: ${reason}` });
}
