// Makes damaged tier chunks anew from raw samples and finer tiers, as far as these still reach, and says what is lost. Finding
// them is left to merging and reading.
import type { Damage } from '../codec/set-aside.ts';
import { openChunk, setAside } from '../codec/set-aside.ts';
import { coarserPoints, fullerPoints, pointsWithin } from '../codec/anew.ts';
import { decodeChunk } from '../codec/chunk.ts';
import { type Header, readHeader } from '../codec/container.ts';
import { CorruptChunk, type TierPoints } from '../codec/samples.ts';
import { decodeTierChunk, encodeTierChunk } from '../codec/tier-chunk.ts';
import { emptyPoints, mergePoints, summarize } from '../codec/tiers.ts';
import {
  type ChunkPlace,
  type Day,
  dayOf,
  dayStart,
  RESOLUTION_MS,
  type SeriesNo,
  type SeriesRow,
  SLOT_DAYS,
  slotOf,
  type TargetNo,
  type TierName,
} from './chunk-store.ts';
import type { EngineState } from './state.ts';

const NAMES: readonly TierName[] = ['1m', '5m', '1h'];

export interface TierPlace extends ChunkPlace {
  readonly tier: TierName;
}

interface Anew {
  readonly points: TierPoints;
  /** What couldn't be made anew, to be kept beside it. */
  readonly damaged: Uint8Array | undefined;
}

export class Mender {
  readonly #state: EngineState;

  constructor(state: EngineState) {
    this.#state = state;
  }

  /** Tells of a damaged chunk, and counts it. */
  async tell(target: TargetNo, place: ChunkPlace, error: Error, lost?: readonly [Day, Day]): Promise<void> {
    const targetId = this.#state.targets.get(target)!.id;
    const all = await this.#state.store.findSeries({ targets: [targetId] }, Number.MAX_SAFE_INTEGER);
    const key = all.find(({ no }) => no === place.series)?.key ?? null;
    const where = { targetId, key, tier: place.tier, day: place.slot, series: place.series };
    this.#state.corrupt(where, error, lost);
  }

  /** The points of a damaged chunk as far as they can be made anew, which is told. */
  async anew(target: TargetNo, place: TierPlace, { bytes, error }: Damage): Promise<Anew> {
    const { tier, series, slot } = place;
    let points: TierPoints = emptyPoints(0);
    for (let day = slot; day < slot + SLOT_DAYS[tier]; day++) {
      const ofDay = await this.#dayAnew(tier, series, day);
      points = mergePoints(points, ofDay, dayStart(day), dayStart(day + 1));
    }
    const header = headerOf(bytes);
    const isWhole = header !== undefined && hasAll(points, header);
    const lost = isWhole ? [] : this.#lostDays(place, points, header);
    const how = isWhole ? 'all of it was made anew' : inWords(lost, points);
    const told = new CorruptChunk(`${error.message}; ${how}`, { cause: error });
    await this.tell(target, place, told, lost.length === 0 ? undefined : [lost[0]!, lost.at(-1)!]);
    return { points, damaged: isWhole ? undefined : bytes };
  }

  /** Of chunks known to be damaged, forgets those that are gone, and makes those anew that can be. */
  async mendKnown(pause: () => Promise<void>): Promise<void> {
    const { damages, store } = this.#state;
    const places = damages.places;
    if (places.length > 0) {
      const series = await this.#seriesOf(new Set(places.map((place) => place.series)), pause);
      for (const place of places) {
        await this.#mend(place, series.get(place.series));
        await pause();
      }
    }
    await damages.save(store);
  }

  async #mend(place: ChunkPlace, series: SeriesRow | undefined): Promise<void> {
    const { damages, store } = this.#state;
    const { tier, slot } = place;
    const data = await this.#read(place);
    const decode = tier === 'raw' ? decodeChunk : decodeTierChunk;
    const { damage } = openChunk<unknown>(data, (bytes) => decode(bytes));
    if (damage === undefined || series === undefined) return damages.forget(place);
    if (tier === 'raw' || damage.isSetAside) return;
    const { points, damaged } = await this.anew(series.target, { ...place, tier }, damage);
    const count = points.starts.length;
    if (count === 0) return;
    const sound = encodeTierChunk(points, RESOLUTION_MS[tier]);
    const chunk = { ...place, count, data: damaged === undefined ? sound : setAside(sound, damaged) };
    await store.merge({ target: series.target, day: slot, chunks: [chunk], blocks: [] });
    if (damaged === undefined) damages.forget(place);
  }

  /** What is known of a day: of each bucket the point that is of most samples. */
  async #dayAnew(tier: TierName, series: SeriesNo, day: Day): Promise<TierPoints> {
    const raw = openChunk(await this.#read({ tier: 'raw', series, slot: day }), decodeChunk).sound;
    let points = raw === undefined ? emptyPoints(0) : summarize(raw, RESOLUTION_MS[tier]);
    for (const finer of NAMES.filter((name) => RESOLUTION_MS[name] < RESOLUTION_MS[tier])) {
      const data = await this.#read({ tier: finer, series, slot: slotOf(finer, day) });
      const { sound } = openChunk(data, (bytes) => decodeTierChunk(bytes));
      if (sound === undefined) continue;
      const ofDay = pointsWithin(sound, dayStart(day), dayStart(day + 1));
      points = fullerPoints(points, coarserPoints(ofDay, RESOLUTION_MS[tier]));
    }
    return points;
  }

  async #read({ tier, series, slot }: ChunkPlace): Promise<Uint8Array | undefined> {
    return (await this.#state.store.chunksAt(tier, slot, [series])).get(series);
  }

  async #seriesOf(
    wanted: ReadonlySet<SeriesNo>,
    pause: () => Promise<void>,
  ): Promise<Map<SeriesNo, SeriesRow>> {
    const found = new Map<SeriesNo, SeriesRow>();
    for (const { id } of this.#state.targets.values()) {
      const rows = await this.#state.store.findSeries({ targets: [id] }, Number.MAX_SAFE_INTEGER);
      for (const row of rows) if (wanted.has(row.no)) found.set(row.no, row);
      await pause();
    }
    return found;
  }

  /** Days that the damaged chunk had, of which no point could be made anew. */
  #lostDays({ tier, slot }: TierPlace, { starts }: TierPoints, header: Header | undefined): Day[] {
    const first = Math.max(slot, dayOf(header?.minT ?? 0));
    const last = Math.min(slot + SLOT_DAYS[tier] - 1, dayOf(header?.maxT ?? this.#state.now));
    const there = new Set(Array.from(starts, dayOf));
    const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
    return days.filter((day) => !there.has(day));
  }
}

function inWords(lost: readonly Day[], { starts }: TierPoints): string {
  if (starts.length === 0) return 'nothing of it can be made anew';
  if (lost.length === 0) return 'not all of it could be made anew';
  const dates = lost.map((day) => new Date(dayStart(day)).toISOString().slice(0, 10));
  return `nothing is left of ${dates.join(', ')}`;
}

/** A damaged one may say anything. */
function headerOf(bytes: Uint8Array): Header | undefined {
  try {
    return readHeader(bytes);
  } catch {
    return undefined;
  }
}

function hasAll({ starts }: TierPoints, { count, minT, maxT }: Header): boolean {
  return starts.length >= count && starts[0]! <= minT && starts.at(-1)! >= maxT;
}
