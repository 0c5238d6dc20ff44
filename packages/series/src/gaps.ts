// Puts the parts of a range that could not be read together where they touch: a hundred lost days in a row are one gap.
// Noticing them is left to the archive, saying them to the hub.
import type { Gap } from '@guardia/model';

/** By target, oldest first. */
export function joinGaps(gaps: readonly Gap[]): Gap[] {
  const kinds = Map.groupBy(gaps, ({ targetId, reason }) => `${targetId} ${reason}`);
  const joined = [...kinds.values()].flatMap(joinedOf);
  return joined.sort((a, b) =>
    a.targetId === b.targetId ? a.start - b.start : a.targetId < b.targetId ? -1 : 1,
  );
}

function joinedOf(gaps: readonly Gap[]): Gap[] {
  const joined: Gap[] = [];
  for (const gap of gaps.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last === undefined || gap.start > last.end + 1) joined.push(gap);
    else joined[joined.length - 1] = { ...last, end: Math.max(last.end, gap.end) };
  }
  return joined;
}
