// The public list of the checks package, by hand.
export type { Check, CheckClock, CheckContext, CheckResult } from './check.ts';
export { type HttpCheckConfig, runHttpCheck } from './http/http-check.ts';
export { checks } from './registry.ts';
