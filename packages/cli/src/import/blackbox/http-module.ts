// What blackbox_exporter's http modules become: the keys of an http check. Other probers are modules.ts's.
import { dirname, resolve } from 'node:path';
import type { Values } from '../draft.ts';
import type { Fields } from '../fields.ts';
import type { ModuleContext } from './modules.ts';

const SECRETS_IN_FILES = 'Read the file into the key, or give it as a variable.';

/** The keys beside the address, or why there are none. */
export function httpKeys(http: Fields, context: ModuleContext): Values | string {
  if (http.has('oauth2')) return 'it logs in with OAuth 2';
  if (http.map('tls_config').has('cert_file')) return 'it shows a certificate of its own (mTLS)';
  if (http.flag('fail_if_ssl')) return 'it must not be TLS, which can not be said';
  tellUnchecked(http, context);
  const method = http.text('method')?.toUpperCase();
  const codes = http.list('valid_status_codes');
  return {
    ...(method === undefined || method === 'GET' ? {} : { method }),
    ...headersAndCredentials(http, context),
    body: http.text('body'),
    ...(codes.length === 0 ? {} : { expected_status: codes }),
    ...headerExpectations(http, context),
    body_pattern: bodyPattern(http, context),
    ...(followsRedirects(http) ? {} : { follow_redirects: false }),
  };
}

function followsRedirects(http: Fields): boolean {
  return http.flag('follow_redirects') !== false && http.flag('no_follow_redirects') !== true;
}

function headersAndCredentials(http: Fields, context: ModuleContext): Values {
  const headers = { ...http.textMap('headers'), ...moreHeaders(http, context) };
  const authorization = http.map('authorization');
  const type = authorization.text('type') ?? 'Bearer';
  const credentials = authorization.text('credentials');
  if (credentials !== undefined && type !== 'Bearer') headers.Authorization = `${type} ${credentials}`;
  const token = type === 'Bearer' ? (credentials ?? http.text('bearer_token')) : undefined;
  const file = authorization.text('credentials_file') ?? http.text('bearer_token_file');
  return {
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...basicAuth(http.map('basic_auth'), context),
    bearer_token: token,
    ...(file === undefined ? {} : { bearer_token_file: beside(context, file) }),
  };
}

/** The last value of each counts. */
function moreHeaders(http: Fields, { tell }: ModuleContext): Record<string, string> {
  const given = http.map('http_headers');
  const found: Record<string, string> = {};
  for (const name of Object.keys(given.values)) {
    const header = given.map(name);
    const value = [...header.texts('values'), ...header.texts('secrets')].at(-1);
    if (value !== undefined) found[name] = value;
    else tell(`header ${name} is not sent: its value is in a file`, SECRETS_IN_FILES);
  }
  return found;
}

function basicAuth(given: Fields, context: ModuleContext): Values {
  const [username, file] = [given.text('username'), given.text('password_file')];
  if (given.has('username_file'))
    context.tell('nobody logs in: the user name is in a file', SECRETS_IN_FILES);
  if (username === undefined) return {};
  const password =
    file === undefined ? { password: given.text('password') } : { password_file: beside(context, file) };
  return { basic_auth: { username, ...password } };
}

/** As a path that stays right wherever the configuration is. */
function beside({ file }: ModuleContext, path: string): string {
  return resolve(dirname(file), path);
}

function bodyPattern(http: Fields, { tell }: ModuleContext): string | undefined {
  const patterns = http.texts('fail_if_body_not_matches_regexp');
  if (patterns.length > 1)
    tell(
      'of its patterns for the body the first alone is checked',
      'Write one pattern, or a second service.',
    );
  return patterns[0];
}

function headerExpectations(http: Fields, { tell }: ModuleContext): Values {
  const expected: Record<string, string> = {};
  for (const match of http.maps('fail_if_header_not_matches')) {
    const [name, pattern] = [match.text('header') ?? '', match.text('regexp') ?? ''];
    if (match.flag('allow_missing') || expected[name] !== undefined)
      tell(
        `header ${name} is not checked: it may be missing, or is named twice`,
        'Check it with expected_headers where it must be there.',
      );
    else expected[name] = pattern;
  }
  return Object.keys(expected).length === 0 ? {} : { expected_headers: expected };
}

const WITH_WHAT_THERE_IS = 'Check it with body_pattern, json_path or expected_headers where they can.';
const NOTHING = 'Nothing to do.';

const UNCHECKED: Readonly<Record<string, readonly [reason: string, next: string]>> = {
  fail_if_body_matches_regexp: ['what the body must not hold is not checked', WITH_WHAT_THERE_IS],
  fail_if_header_matches: ['what headers must not hold is not checked', WITH_WHAT_THERE_IS],
  fail_if_body_json_matches_cel: ['its CEL expression is not checked', WITH_WHAT_THERE_IS],
  fail_if_body_json_not_matches_cel: ['its CEL expression is not checked', WITH_WHAT_THERE_IS],
  fail_if_not_ssl: ['a redirect away from https is not DOWN', 'Give follow_redirects: false.'],
  valid_http_versions: ['the version of HTTP is not checked', NOTHING],
  compression: ['the compression of the answer is not checked', NOTHING],
  enable_http3: ['HTTP/3 is not spoken', NOTHING],
  body_file: ['its body is in a file and is not sent', 'Write it as body.'],
  proxy_url: ['it was checked through a proxy; here it is asked directly', 'See that the hub reaches it.'],
};

function tellUnchecked(http: Fields, { tell }: ModuleContext): void {
  for (const [key, [reason, next]] of Object.entries(UNCHECKED))
    if (http.has(key) && http.values[key] !== false) tell(reason, next);
}
