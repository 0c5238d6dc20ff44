// Where in its interval a target is polled or checked: a fixed share per target, so that a thousand of them
// don't start together and each keeps its place across restarts.

/** Delay from now to the next due time of a target, milliseconds. Due times lie at `offset + n * intervalMs` on the
 *  wall clock's scale with `offset = fnv1a(id) mod intervalMs` (FNV-1a, 32 bits, by Fowler, Noll and Vo). */
export function delayToPhaseMs(id: string, intervalMs: number, wallMs: number): number {
  const offsetMs = fnv1a(id) % intervalMs;
  const intoMs = (((wallMs - offsetMs) % intervalMs) + intervalMs) % intervalMs;
  return intoMs === 0 ? 0 : intervalMs - intoMs;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
