// What the page knows of the hub: each list as it was last read, and which of them could not be. When they are read, and how
// they are drawn, is for page.js.
import { get, Unauthorized, Unreachable } from './api.js';
import { MAX_CHANGES, SPANS } from './changes.js';
import { readDead } from './dead.js';
import { readBars } from './uptime-bars.js';

/** Lists that could not be read the last time, with the reason: what is shown of them may be old. */
export const failing = new Map();

/** How each list is read. */
const READERS = {
  health: () => get('/health'),
  servers: async () => (await get('/servers')).servers,
  services: async () => (await get('/services')).services,
  exporters: async () => (await get('/exporters')).exporters,
  alerts: async () => (await get('/alerts', { state: 'firing' })).alerts,
  silences: async () => (await get('/silences')).silences,
  dead: readDead,
  notifiers: async () => (await get('/notifiers')).notifiers,
  caller: () => get('/me'),
  storage: () => orFailure(async () => (await get('/stats')).storage),
  bars: async () => {
    const bars = await orFailure(readBars);
    return bars.failure === undefined ? bars : null;
  },
  changes: (chosen) => orFailure(() => readChanges(chosen)),
};

export const LIST_NAMES = Object.keys(READERS);

export const lists = {
  health: {},
  servers: [],
  services: [],
  exporters: [],
  /** Null until they are read: none are known is not that there are none. */
  alerts: null,
  silences: [],
  dead: { dead: [], isCut: false },
  notifiers: [],
  caller: null,
  storage: null,
  bars: null,
  changes: { entries: [] },
};
/** Reads it anew. The rest of the page matters most when one list can't be read.
 *  @param chosen what the reader chose, `target` and `since` in it for the changes
 *  @throws {Unauthorized | Unreachable} */
export async function read(list, chosen) {
  try {
    lists[list] = await READERS[list](chosen);
    failing.delete(list);
  } catch (error) {
    if (error instanceof Unauthorized || error instanceof Unreachable) throw error;
    failing.set(list, error.message);
  }
}

/** What says itself that it could not be read. */
async function orFailure(reading) {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof Unauthorized || error instanceof Unreachable) throw error;
    return { failure: error.message };
  }
}

/** Of the target and time that are chosen when the answer comes. */
async function readChanges(chosen) {
  const { target, since } = chosen;
  const start = new Date(Date.now() - SPANS[since].ms).toISOString();
  const asked = { start, limit: MAX_CHANGES, target: target ?? undefined };
  const { timeline, next } = await get('/timeline', asked);
  const isMeant = target === chosen.target && since === chosen.since;
  return isMeant ? { entries: timeline, isCut: next !== undefined } : readChanges(chosen);
}
