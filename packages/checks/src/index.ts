// The public list of the checks package, by hand.
export type { Check, CheckClock, CheckContext, CheckResult } from './check.ts';
export { isReading } from './reading-names.ts';
export { CheckSpecInvalid, readCheckSpec } from './read-spec.ts';
export { type RunnableSpec, runCheck } from './registry.ts';
