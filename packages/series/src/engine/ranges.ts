// Answers the questions about one target as a whole: its points over a range and the newest samples of its series. How a
// series is read is left to reader.ts, aggregation to the query folder.
import { type EpochMs, metricName, type QueryAnswer, type SeriesSelector } from '@guardia/model';
import { lookbackMs } from '../query/buckets.ts';
import { QueryCancelled, tooManyPoints, tooManySeries } from '../query/errors.ts';
import { runQuery } from '../query/run-query.ts';
import type { TimeRange } from '../query/source.ts';
import type { NewestSample, RangeQuery } from '../store.ts';
import type { PackedPoints } from '../worker/operations.ts';
import { Points } from '../worker/points.ts';
import { DAY_MS, dayOf, dayStart, type SeriesRow } from './chunk-store.ts';
import type { QueryContext } from './engine.ts';
import { type Column, pivot } from './frames.ts';
import type { QuestionReader } from './reader.ts';
import type { EngineState } from './state.ts';

/** The newest window that is read first; each one before it is four times as long, up to a day. */
const FIRST_WINDOW_MS = 10 * 60_000;
/** How far back the newest sample of a series that wasn't polled in this run is looked for. */
const NEWEST_DAYS = 7;
/** Series times steps, as numbers held at a time. */
const MAX_POINTS = 10_000_000;
/** Series times steps that are looked through at most for the points of one answer. */
const MAX_LOOKED_AT = 100_000_000;

/** A question about one target. */
interface Asked {
  readonly query: RangeQuery;
  readonly rows: readonly SeriesRow[];
  readonly reader: QuestionReader;
  readonly context: QueryContext;
}

/** Newest samples that are to be looked for. */
interface NewestAsked {
  readonly rows: readonly SeriesRow[];
  readonly now: EpochMs;
  readonly reader: QuestionReader;
  readonly slice: () => Promise<void> | undefined;
}

export class Ranges {
  readonly #state: EngineState;

  constructor(state: EngineState) {
    this.#state = state;
  }

  async range(query: RangeQuery, reader: QuestionReader, context: QueryContext): Promise<PackedPoints> {
    const all = await reader.find({ targets: [query.targetId] }, Number.MAX_SAFE_INTEGER - 1);
    const rows = all.filter(({ key }) => isNamed(key, query.names));
    const ask = { query, rows, reader, context };
    return query.stepMs === undefined ? this.#frames(ask) : this.#buckets(ask, query.stepMs);
  }

  /** Reads back window by window until there are enough points. */
  async #frames(ask: Asked): Promise<PackedPoints> {
    const { query, rows, reader, context } = ask;
    const points = new Points();
    const slice = this.#state.slicer();
    // Without a start the archive is left alone: the newest points aren't there.
    const from = oldestOf(rows, (metric) => {
      return query.start > 0 ? reader.kept(metric).rawFrom : reader.hotFrom(metric);
    });
    const oldest = Math.max(query.start, from, this.#oldestFrameAt(reader));
    // The archive is asked once for all that is wanted of it.
    const hereFrom = reader.hasSupply ? oldest : Math.max(oldest, this.#hereFrom());
    let until = Math.min(query.end, this.#newestAt(query, context));
    const ahead = context.now + DAY_MS;
    for (let width = FIRST_WINDOW_MS; until >= hereFrom && rows.length > 0; ) {
      const start = Math.max(hereFrom, until - width + 1, until > ahead ? ahead + 1 : hereFrom);
      const columns = await columnsOf(ask, { start, end: until }, slice);
      if (!(await pivot(columns, { points, limit: query.limit, slice }))) return points.pack(true);
      until = start - 1;
      // A clock that was ahead may have left years without a sample.
      const mayLeap = until > ahead && columns.every(({ samples }) => samples.times.length === 0);
      width = Math.min(width * 4, mayLeap ? Number.POSITIVE_INFINITY : DAY_MS);
    }
    // One more than is missing says whether the answer is cut.
    if (until >= oldest)
      reader.needNewest(rows, { start: oldest, end: until }, query.limit + 1 - points.count);
    return points.pack(false);
  }

  async #buckets({ query, rows, reader, context }: Asked, stepMs: number): Promise<PackedPoints> {
    const oldest = oldestOf(rows, (metric) => {
      const { rawFrom, tiers } = reader.kept(metric);
      return Math.min(rawFrom, ...tiers.map(({ from }) => from));
    });
    const start = Math.max(query.start, oldest, this.#oldestAt());
    const end = Math.min(query.end, this.#newestAt(query, context));
    if (rows.length === 0 || end < start) return new Points().pack(false, { tier: 'raw', stepMs });
    const slice = this.#state.slicer();
    const { agg = 'avg', targetId } = query;
    const node = { type: 'series', selector: { targets: [targetId] }, agg } as const;
    const source = {
      find: () => rows,
      expect: reader.expect.bind(reader),
      samples: reader.samples.bind(reader),
      points: reader.points.bind(reader),
      kept: reader.kept.bind(reader),
    };
    const options = {
      limits: { maxSeries: rows.length, maxPoints: MAX_POINTS },
      // What a counter grew since a window before would be lost.
      ...(agg !== 'increase' && { maxSteps: Math.max(1, Math.floor(MAX_POINTS / rows.length)) }),
      cancelled: context.cancelled,
      pause: async () => slice(),
    };
    const packer = new BucketPacker(rows, query.limit);
    // As many steps at a time as memory holds, the newest first, until there are enough points.
    for (let until = end; ; ) {
      const answer = await runQuery({ node, start, end: until, stepMs }, source, options);
      until = answer.start - 1;
      const isCut = !(await packer.add(answer, slice));
      if (isCut || until < start) return packer.points.pack(isCut, answer);
      const steps = Math.ceil((until - start) / answer.stepMs);
      if (rows.length * steps > MAX_LOOKED_AT)
        throw tooManyPoints({ series: rows.length, steps, stepMs: answer.stepMs }, MAX_LOOKED_AT);
      if (reader.needs.length > 0) {
        reader.needFrom(start - answer.stepMs - lookbackMs(agg, answer.stepMs));
        return packer.points.pack(false, answer);
      }
    }
  }

  /** Nothing is older than this; the archive may have anything. */
  #oldestAt(): EpochMs {
    const { archivedUntil, oldestDay } = this.#state;
    return archivedUntil === null ? Math.max(0, dayStart(oldestDay)) : 0;
  }

  /** As `#oldestAt`, where the archive was asked for all of it. */
  #oldestFrameAt(reader: QuestionReader): EpochMs {
    if (!reader.hasSupply) return this.#oldestAt();
    return Math.max(0, Math.min(dayStart(this.#state.oldestDay), reader.suppliedFrom()));
  }

  /** Samples before are in the archive; some may be here as well. */
  #hereFrom(): EpochMs {
    const { archivedUntil } = this.#state;
    return archivedUntil === null ? Number.NEGATIVE_INFINITY : dayStart(archivedUntil);
  }

  /** Nothing is newer than this. */
  #newestAt({ targetId }: RangeQuery, { now }: QueryContext): EpochMs {
    return Math.max(now, this.#state.byId(targetId)?.newest?.at ?? 0);
  }

  async newest(
    selector: SeriesSelector,
    { limit, now }: { limit: number; now: EpochMs },
    reader: QuestionReader,
  ): Promise<NewestSample[]> {
    const rows = await reader.find(selector, limit);
    if (rows.length > limit) throw tooManySeries(limit);
    const slice = this.#state.slicer();
    const found = new Map<SeriesRow, NewestSample>();
    for (const row of rows) {
      const newest = this.#inMemory(row, now);
      if (newest !== undefined) found.set(row, newest);
      await slice();
    }
    await addStored(found, { rows, now, reader, slice });
    return rows.flatMap((row) => found.get(row) ?? []);
  }

  /** A frame of a clock that was far ahead says nothing about now. */
  #inMemory({ target: no, no: series, targetId, key }: SeriesRow, now: EpochMs): NewestSample | undefined {
    const target = this.#state.targets.get(no);
    const frame = target?.newest;
    if (target === undefined || frame === undefined || frame === null) return undefined;
    if (frame.at > now + DAY_MS) return undefined;
    const position = target.position(frame.layout, series);
    return position === -1 ? undefined : sample(targetId, key, frame.at, frame.values[position]!);
  }
}

/** The oldest time that any of the series still has; only whole days are deleted. */
function oldestOf(rows: readonly SeriesRow[], from: (metric: string) => EpochMs): EpochMs {
  const metrics = new Set(rows.map(({ key }) => metricName(key)));
  let oldest = Number.POSITIVE_INFINITY;
  for (const metric of metrics) oldest = Math.min(oldest, from(metric));
  return Number.isFinite(oldest) ? dayStart(dayOf(oldest)) : oldest;
}

/** The samples of all series in a window. */
async function columnsOf(
  { rows, reader, context }: Asked,
  { start, end }: TimeRange,
  slice: () => Promise<void> | undefined,
): Promise<Column[]> {
  const columns: Column[] = [];
  expectRaw(reader, rows, { start, end });
  for (const row of rows) {
    if (context.cancelled()) throw new QueryCancelled();
    columns.push({ key: row.key, samples: await reader.samples(row, start, end) });
    await slice();
  }
  return columns;
}

/** Makes points of buckets. Steps without a value are left out, as a point or within it. */
class BucketPacker {
  readonly points = new Points();
  readonly #limit: number;
  readonly #keys: readonly number[];
  readonly #layouts = new Map<string, number>();

  constructor(rows: readonly SeriesRow[], limit: number) {
    this.#limit = limit;
    this.#keys = rows.map(({ key }) => this.points.key(key));
  }

  /** Takes what is older than all before; false once there are more points than the limit. */
  async add({ rows, start, steps, stepMs }: QueryAnswer, slice: () => Promise<void> | undefined) {
    for (let step = steps - 1; step >= 0; step--) {
      const present: number[] = [];
      for (let i = 0; i < rows.length; i++) if (!Number.isNaN(rows[i]!.values[step])) present.push(i);
      if (present.length === 0) continue;
      if (this.points.count === this.#limit) return false;
      const cells = this.points.add(start + step * stepMs, this.#layoutOf(present));
      for (const [to, i] of present.entries()) cells[to] = rows[i]!.values[step]!;
      await slice();
    }
    return true;
  }

  #layoutOf(present: readonly number[]): number {
    const signature = present.join();
    let layout = this.#layouts.get(signature);
    if (layout === undefined) {
      layout = this.points.layout(present.map((i) => this.#keys[i]!));
      this.#layouts.set(signature, layout);
    }
    return layout;
  }
}

/** Adds those that aren't found yet, day by day for all of them. */
async function addStored(
  found: Map<SeriesRow, NewestSample>,
  { rows, now, reader, slice }: NewestAsked,
): Promise<void> {
  for (let day = 0, end = now; day < NEWEST_DAYS; day++, end -= DAY_MS) {
    const left = rows.filter((row) => !found.has(row));
    if (left.length === 0) return;
    const start = end - DAY_MS + 1;
    expectRaw(reader, left, { start, end });
    for (const row of left) {
      const { times, values } = await reader.samples(row, start, end);
      if (times.length > 0) found.set(row, sample(row.targetId, row.key, times.at(-1)!, values.at(-1)!));
      await slice();
    }
  }
}

function expectRaw(reader: QuestionReader, rows: readonly SeriesRow[], range: TimeRange): void {
  reader.expect(
    rows.map((series) => ({ series, tier: 'raw' })),
    range,
  );
}

function sample(targetId: string, key: string, at: EpochMs, value: number): NewestSample {
  return { targetId, key, at, value: Number.isNaN(value) ? null : value };
}

/** A metric name takes all its labels. */
function isNamed(key: string, names: readonly string[] | undefined): boolean {
  return names === undefined || names.some((name) => key === name || key.startsWith(`${name}{`));
}
