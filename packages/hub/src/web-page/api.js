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
};

export class Unauthorized extends Error {
  constructor() {
    super('The hub asks for a token. Load this page again to enter one.');
  }
}

/** @param parameters of the query; those that are undefined are left out */
export async function get(path, parameters = {}, signal = null) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given).toString();
  const headers = access.token === null ? {} : { authorization: `Bearer ${access.token}` };
  const response = await reach(API + path + (query === '' ? '' : `?${query}`), { headers, signal });
  if (response.status === 401) throw new Unauthorized();
  if (!response.ok) throw new Error(await reasonOf(response));
  return response.json();
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The hub does not answer. It may be stopped, or the network is down.', { cause: error });
  }
}

async function reasonOf(response) {
  const body = await response.json().catch(() => null);
  return body?.error?.message ?? `The hub answered ${response.status}.`;
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
