// The kinds of check that there are, by the `type` of a service. Adding one is a folder and one line here.
import type { ServiceConfig } from '@guardia/model';
import type { Check } from './check.ts';
import { runHttpCheck } from './http/http-check.ts';

export const checks: { readonly [Type in ServiceConfig['type']]: Check<ServiceConfig & { type: Type }> } = {
  http: { run: runHttpCheck },
};
