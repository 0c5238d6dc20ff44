// Asks the hub: answers as JSON, refusals as errors that a person can read. What is done with them is for who asked.

const API = '/api/v1';
const TOKEN = 'guardia.token';

/** Of the API; null when none was entered. */
export const access = {
  get token() {
    return sessionStorage.getItem(TOKEN);
  },
  set token(token) {
    sessionStorage.setItem(TOKEN, token);
  },
  forget() {
    sessionStorage.removeItem(TOKEN);
  },
};

export class Unauthorized extends Error {
  constructor() {
    super('The hub asks for a token. Load this page again to enter one.');
  }
}

/** No answer at all. */
export class Unreachable extends Error {
  constructor(cause) {
    super('The hub does not answer. It may be stopped, or the network is down.', { cause });
  }
}

/** The token may read, but not do what was asked. */
export class Forbidden extends Error {}

/** @param parameters of the query; those that are undefined are left out */
export function get(path, parameters = {}, signal = null) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given).toString();
  return ask(path + (query === '' ? '' : `?${query}`), { headers: {}, signal });
}

export function post(path, body) {
  const headers = { 'content-type': 'application/json' };
  return ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

export const remove = (path) => ask(path, { method: 'DELETE', headers: {} });

async function ask(path, { headers, ...options }) {
  const who = access.token === null ? {} : { authorization: `Bearer ${access.token}` };
  const response = await reach(API + path, { ...options, headers: { ...headers, ...who } });
  if (response.status === 401) throw new Unauthorized();
  if (!response.ok) throw await refusalOf(response);
  return response.json();
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Unreachable(error);
  }
}

async function refusalOf(response) {
  const body = await response.json().catch(() => null);
  const { code, message = `The hub answered ${response.status}.` } = body?.error ?? {};
  return code === 'SCOPE_MISSING' ? new Forbidden(message) : Object.assign(new Error(message), { code });
}

/** Values over time: `{ stepMs, tier, times, rows, warnings }`, a row with `labels` and `values` per series, a warning for
 *  each part of the range that could not be read. */
export async function query(parameters, signal) {
  const { start, end, step, ...rest } = parameters;
  const asked = { ...rest, start: timeText(start), end: timeText(end), step: `${step / 1000}s` };
  const { step_ms: stepMs, tier, times, series, warnings = [] } = await get('/query', asked, signal);
  return { stepMs, tier, times: times.map((time) => Date.parse(time)), rows: series, warnings };
}

const timeText = (ms) => new Date(ms).toISOString();

export const stream = () => new WebSocket(`${location.origin.replace('http', 'ws')}${API}/stream`);

/** A selector's string. */
export const quoted = (text) =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
