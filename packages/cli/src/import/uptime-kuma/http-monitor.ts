// What Uptime Kuma's monitors over HTTP are checked with: request, credentials, keyword and JSON query. Other types
// are monitor-types.ts's.
import type { Values } from '../draft.ts';
import { type Fields, isRecord, parseJson } from '../fields.ts';
import { jsonCondition } from '../json-condition.ts';
import type { Report } from '../report.ts';
import { escapePattern, timeoutWithin } from '../values.ts';
import type { KumaMonitor } from './kuma-data.ts';
import type { TypeContext } from './monitor-types.ts';

const SECOND_MS = 1_000;
const BY_HAND = 'Write what can be checked without it by hand.';

/** Ways of logging in that there are not. */
const LOG_INS: Readonly<Record<string, string>> = {
  mtls: 'a certificate of its own (mTLS)',
  ntlm: 'NTLM',
  'oauth2-cc': 'OAuth 2',
};

export function httpCheck(monitor: KumaMonitor, { draft, origin }: TypeContext): Values | null {
  const { fields } = monitor;
  const logIn = LOG_INS[fields.text('auth_method') ?? ''];
  if (logIn !== undefined) {
    draft.report.leftOut(origin, `it logs in with ${logIn}`, BY_HAND);
    return null;
  }
  const answer = answerOf(monitor);
  if (answer === null) {
    draft.report.leftOut(origin, cannotExpect(monitor), BY_HAND);
    return null;
  }
  tellDifferences(fields, { report: draft.report, origin });
  return { ...requestOf(fields), expected_status: statusOf(monitor), ...answer };
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  xml: 'text/xml; charset=utf-8',
};

function requestOf(fields: Fields): Values {
  const intervalMs = (fields.number('interval') ?? 60) * SECOND_MS;
  const timeoutS = fields.number('timeout') ?? 0;
  const method = fields.text('method')?.toUpperCase();
  const headers = headersOf(fields);
  return {
    url: fields.text('url'),
    ...(method === undefined || method === 'GET' ? {} : { method }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    body: fields.text('body'),
    ...credentialsOf(fields, headers),
    ...(fields.number('maxredirects') === 0 ? { follow_redirects: false } : {}),
    ...(isHttps(fields) && fields.flag('expiry_notification') === false ? { cert_warn_days: 0 } : {}),
    timeout: timeoutWithin(timeoutS > 0 ? timeoutS * SECOND_MS : intervalMs, intervalMs),
  };
}

function headersOf(fields: Fields): Record<string, string> {
  const given = parseJson(fields.text('headers'));
  const headers = isRecord(given)
    ? Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
    : {};
  const type = CONTENT_TYPES[fields.text('http_body_encoding') ?? 'json'];
  if (fields.text('body') === undefined || type === undefined || hasHeader(headers, 'content-type'))
    return headers;
  return { 'Content-Type': type, ...headers };
}

function hasHeader(headers: Record<string, string>, wanted: string): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === wanted);
}

/** A header of the same name came before them. The oldest versions know one way to log in, and don't name it. */
function credentialsOf(fields: Fields, headers: Record<string, string>): Values {
  const method = fields.text('auth_method');
  const username = fields.text('basic_auth_user');
  if (hasHeader(headers, 'authorization')) return {};
  if (method === 'bearer') return { bearer_token: fields.text('bearer_token') };
  const isBasic = method === 'basic' || !Object.hasOwn(fields.values, 'auth_method');
  if (username === undefined || !isBasic) return {};
  return { basic_auth: { username, password: fields.text('basic_auth_pass') ?? '' } };
}

function statusOf({ statusCodes }: KumaMonitor): readonly (string | number)[] | undefined {
  const isDefault = statusCodes.length === 0 || statusCodes.join() === '200-299';
  return isDefault ? undefined : statusCodes.map((code) => (/^\d+$/.test(code) ? Number(code) : code));
}

/** What the body must hold; null where that can't be said here. */
function answerOf({ type, fields }: KumaMonitor): Values | null {
  if (type === 'http') return {};
  if (type === 'keyword')
    return fields.flag('invert_keyword')
      ? null
      : { body_pattern: escapePattern(fields.text('keyword') ?? '') };
  const condition = jsonCondition(
    rootedPath(fields.text('json_path') ?? '$'),
    fields.text('json_path_operator') ?? '==',
    fields.text('expected_value') ?? '',
  );
  return condition === null ? null : { json_path: condition };
}

/** JSONata's names and indices; null for its operators and functions. */
function rootedPath(path: string): string | null {
  const steps = /^(?:\$\.|\$(?=\[|$))?((?:[A-Za-z_]\w*)?(?:\.[A-Za-z_]\w*|\[\d+\])*)$/.exec(path.trim())?.[1];
  if (steps === undefined) return null;
  return steps === '' || steps.startsWith('[') || steps.startsWith('.') ? `$${steps}` : `$.${steps}`;
}

function cannotExpect({ type }: KumaMonitor): string {
  return type === 'keyword'
    ? 'its keyword must not be there; only what must be there can be checked'
    : 'its JSON query is more than a path of names and indices';
}

function isHttps(fields: Fields): boolean {
  return /^https:/i.test(fields.text('url') ?? '');
}

function tellDifferences(fields: Fields, { report, origin }: { report: Report; origin: string }): void {
  if (fields.flag('ignore_tls') && isHttps(fields))
    report.toCheck(
      origin,
      'errors of TLS were ignored; here a certificate that is not valid is DOWN',
      'Have the hub trust its issuer: start it with NODE_EXTRA_CA_CERTS.',
    );
  if (fields.number('proxy_id') !== undefined)
    report.toCheck(
      origin,
      'it was checked through a proxy; here it is asked directly',
      'See that the hub reaches it.',
    );
  if (fields.flag('cache_bust'))
    report.toCheck(origin, 'no random parameter is added to its address', 'Send Cache-Control: no-cache.');
  if (['ipv4', 'ipv6'].includes(fields.text('ip_family') ?? ''))
    report.toCheck(origin, 'both kinds of IP address are tried', 'Check an address with type tcp beside it.');
}
