// What of a check is the same each time it runs, made ready once: the first request, and what is expected. How it is
// carried out is attempt.ts's.
import type { HttpCheckSpec } from '@guardia/model';
import type { HttpRequest } from './exchange.ts';
import { Expectations } from './expectations.ts';

export interface Plan {
  readonly spec: HttpCheckSpec;
  readonly request: HttpRequest;
  readonly expectations: Expectations;
}

/** For as long as the spec is in use. */
const plans = new WeakMap<HttpCheckSpec, Plan>();

/** @throws {TypeError} when the URL can't be read
 *  @throws {QueryError} when a regular expression can't be used */
export function planOf(spec: HttpCheckSpec): Plan {
  let plan = plans.get(spec);
  if (plan === undefined) {
    plan = { spec, request: requestOf(spec), expectations: new Expectations(spec) };
    plans.set(spec, plan);
  }
  return plan;
}

function requestOf({ url: text, method, headers, body }: HttpCheckSpec): HttpRequest {
  const url = new URL(text);
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { url, method, headers: { ...credentialsOf(url), ...Object.fromEntries(own) }, body };
}

/** `https://user:password@host/` asks with these, as browsers do. */
function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}
