// The readings of the last five minutes by server, in memory: read once, then kept by the event stream. What they are drawn
// as is for lists.js and server-charts.js.
import { get, Unauthorized } from './api.js';
import { RANGES, LIVE } from './ranges.js';

const WINDOW_MS = RANGES[LIVE].ms;
const MAX_POINTS = 300;

const points = new Map();

/** Oldest first. */
export const pointsOf = (server) => points.get(server) ?? [];

export async function readPoints(server) {
  const start = new Date(Date.now() - WINDOW_MS).toISOString();
  try {
    const { metrics } = await get(`/servers/${encodeURIComponent(server)}/metrics`, {
      start,
      limit: MAX_POINTS,
    });
    points.set(server, metrics);
  } catch (error) {
    if (error instanceof Unauthorized) throw error;
    // Without history it begins with what comes now.
    points.set(server, []);
  }
}

/** Whether the readings of a server are held at all. */
export const hasPoints = (server) => points.has(server);

export function takePoint(point) {
  const oldest = Date.now() - WINDOW_MS;
  const kept = pointsOf(point.server_id).filter(({ timestamp }) => Date.parse(timestamp) >= oldest);
  points.set(point.server_id, [...kept, point]);
}

/** Bytes a second over all interfaces but the loopback, between two points; null where there is no point before.
 *  @param direction received or transmitted */
export function rateBetween(before, now, direction) {
  if (before === undefined || now === undefined) return null;
  const seconds = (Date.parse(now.timestamp) - Date.parse(before.timestamp)) / 1000;
  if (seconds <= 0) return null;
  let total = 0;
  for (const [key, value] of Object.entries(now.values)) {
    if (!key.startsWith(`network.${direction}_bytes`) || key.includes('"lo"')) continue;
    total += Math.max(0, value - (before.values[key] ?? value));
  }
  return total / seconds;
}
