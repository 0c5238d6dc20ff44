// What of a target isn't in chunks yet: which days of its series tiers don't hold whole, and its blocks made readable. When
// days are merged is left to merger.ts.
import { metricName } from '@guardia/model';
import { BlockReader } from '../codec/block.ts';
import type { TimeRange } from '../query/source.ts';
import { type BlockRow, type Day, dayOf, type SeriesRow } from './chunk-store.ts';
import type { OpenTarget } from './open-target.ts';
import type { EngineState } from './state.ts';

/** Days that the range touches of which blocks or open samples are there; in order. */
export function unmergedDays(state: EngineState, series: SeriesRow, { start, end }: TimeRange): Day[] {
  const days = new Set(state.blockDays.get(series.target)?.keys());
  for (const frame of state.targets.get(series.target)?.frames ?? []) days.add(dayOf(frame.at));
  // Of older days only the points are left.
  const first = Math.max(dayOf(start), state.rawFromOf(metricName(series.key)));
  const last = dayOf(end);
  return [...days].filter((day) => day >= first && day <= last).sort((a, b) => a - b);
}

/** Blocks of one target without those that are corrupt, which are told of. */
export function readersOf(
  state: EngineState,
  target: OpenTarget,
  blocks: readonly BlockRow[],
): readonly BlockReader[] {
  const readers: BlockReader[] = [];
  for (const { data, day } of blocks) {
    try {
      readers.push(new BlockReader(data));
    } catch (error) {
      state.corrupt({ targetId: target.id, key: null, tier: 'raw', day }, error as Error);
    }
  }
  return readers;
}
