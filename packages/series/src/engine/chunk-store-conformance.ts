// The suite that every chunk store passes: SQLite in a file and in memory, PostgreSQL. What only a server or a file does
// (kill -9, restart, a full disk) is tested beside it.
import { createHash } from 'node:crypto';
import { compileSelector } from '@guardia/model';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { outcome, T0 } from '../test/frames.ts';
import { type ChunkStore, dayOf, type Maybe, type SeriesFilter } from './chunk-store.ts';
import { blocksAndChunks, deletes, listed, type Setup } from './chunk-store-conformance-data.ts';
import { compare, Model, MODEL_KEYS, MODEL_TARGETS, sizesOf, someSteps } from './chunk-store-model.ts';

/** One empty place for a store. Opening it again, after the first was closed, finds what was stored; null: it doesn't. */
export interface Place {
  open(): Maybe<ChunkStore>;
  readonly reopen: (() => Maybe<ChunkStore>) | null;
}

export interface ConformanceOptions {
  /** Rounds of the property test. */
  readonly rounds: number;
}

const DAY = dayOf(T0);
const ANY = { limit: 1000, day: DAY, since: DAY };
const sha256 = (keys: readonly string[]) => createHash('sha256').update(JSON.stringify(keys)).digest('hex');
const NONE = new Set<number>();
/** Longer than an index takes, and hard to compress. */
const LONG = Array.from({ length: 100 }, (_, i) => sha256([String(i)])).join('');

/** Makes the `setup` of a suite; what it opened is closed after each test. */
function setups(makePlace: () => Maybe<Place>): Setup {
  const opened: ChunkStore[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  return async () => {
    const place = await makePlace();
    const store = await place.open();
    opened.push(store);
    const reopen = async () => {
      await store.close();
      const again = await place.reopen!();
      opened.push(again);
      return again;
    };
    return { store, reopen, survives: place.reopen !== null };
  };
}

/** What every chunk store does. */
export function chunkStoreConformance(
  name: string,
  makePlace: () => Maybe<Place>,
  { rounds }: ConformanceOptions,
) {
  const setup = setups(makePlace);
  describe(`chunk store: ${name}`, () => {
    names(setup);
    logAndChecks(setup);
    blocksAndChunks(setup);
    deletes(setup);

    it('does what a store without a database does, and its sizes are true after every step', async () => {
      await fc.assert(
        fc.asyncProperty(someSteps, async (steps) => {
          const place = await makePlace();
          const store = await place.open();
          try {
            for (const id of MODEL_TARGETS) await store.series(await store.target(id), MODEL_KEYS, ANY);
            const model = new Model();
            for (const step of steps) {
              await step.apply(model, store);
              expect(await sizesOf(store), step.name).toEqual(model.stats());
            }
            await compare(model, store);
          } finally {
            await store.close();
          }
        }),
        { numRuns: rounds },
      );
    });

    it('finds what there is by any filter, whatever was made since it was asked before', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(SOME_SERIES, SOME_FILTER), { maxLength: 40 }), async (steps) => {
          const place = await makePlace();
          const store = await place.open();
          try {
            const made: Named[] = [];
            for (const step of steps) {
              if ('key' in step) {
                made.push(step);
                await store.series(await store.target(step.targetId), [step.key], ANY);
              } else {
                const found = await store.findSeries(step, 1000);
                expect(found.map(nameOf)).toEqual(namesOf(made, step));
              }
            }
          } finally {
            await store.close();
          }
        }),
        { numRuns: rounds },
      );
    });
  });
}

interface Named {
  readonly targetId: string;
  readonly key: string;
}

const SOME_SERIES = fc.record({
  targetId: fc.constantFrom(...MODEL_TARGETS),
  key: fc.constantFrom('a', 'a{x="1"}', 'ab', 'ab{x="2"}', 'abc', 'b', 'b.c'),
});
const SOME_FILTER: fc.Arbitrary<SeriesFilter> = fc.record(
  {
    metric: fc.constantFrom('a', 'ab', 'b', '*', 'a*', '*b*', 'a*c', 'b.*'),
    targets: fc.constantFrom(MODEL_TARGETS.slice(1), MODEL_TARGETS),
  },
  { requiredKeys: [] },
);

const nameOf = ({ targetId, key }: Named) => `${targetId} ${key}`;

/** Each once, by target and key. */
function namesOf(made: readonly Named[], { metric, targets }: SeriesFilter): string[] {
  const isMeant = compileSelector({ metric: metric ?? '*', ...(targets && { targets }) });
  return [...new Set(made.filter(({ targetId, key }) => isMeant(targetId, key)).map(nameOf))].sort();
}

function names(setup: Setup): void {
  it('numbers targets from 1, and keeps the numbers', async () => {
    const { store, reopen, survives } = await setup();
    const numbers = [await store.target('srv_a'), await store.target('srv_b'), await store.target('srv_a')];
    expect(numbers).toEqual([1, 2, 1]);
    expect((await store.load()).targets).toMatchObject([
      { no: 1, id: 'srv_a', sealedRow: 0 },
      { no: 2, id: 'srv_b', sealedRow: 0 },
    ]);
    if (survives) expect(await (await reopen()).target('srv_b')).toBe(2);
  });

  it('gives a layout its keys back, whatever is in them', async () => {
    const { store } = await setup();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (keys) => {
        const layout = await store.layout(sha256(keys), keys);
        expect(await store.layout(sha256(keys), keys)).toBe(layout);
        expect(await store.layoutKeys(layout)).toEqual(keys);
      }),
      { numRuns: 20 },
    );
    expect(await store.layoutKeys(999_999)).toBeUndefined();
  });

  it('trims layouts, and never gives a number twice', async () => {
    const { store, reopen, survives } = await setup();
    const layouts: number[] = [];
    const add = async (key: string, to = store) => layouts.push(await to.layout(sha256([key]), [key]));
    for (const key of ['a', 'b', 'c', 'd']) await add(key);
    await store.trimLog(0, new Set([layouts[2]!]));
    const left = await Promise.all(layouts.map((layout) => store.layoutKeys(layout)));
    expect(left).toEqual([undefined, undefined, ['c'], ['d']]);
    await store.trimLog(0, new Set([1_000_000]));
    const again = survives ? await reopen() : store;
    for (const key of ['a', 'b', 'e']) await add(key, again);
    expect(new Set(layouts).size).toBe(layouts.length);
  });

  it('numbers series in the order of the keys, one number for one key of one target', async () => {
    const { store } = await setup();
    const target = await store.target('srv_a');
    expect(listed(await store.series(target, ['a', 'b', 'a'], ANY))).toEqual([1, 2, 1]);
    expect(listed(await store.series(target, ['c', 'b'], ANY))).toEqual([3, 2]);
    expect(listed(await store.series(await store.target('srv_b'), ['a'], ANY))).toEqual([4]);
    expect(listed(await store.series(target, [], ANY))).toEqual([]);
    expect((await store.stats()).series).toBe(4);
  });

  it('refuses series beyond the limit with 0, and leaves the others their numbers', async () => {
    const { store } = await setup();
    const target = await store.target('srv_a');
    const other = await store.target('srv_b');
    const few = { ...ANY, limit: 3 };
    expect(listed(await store.series(target, ['a', 'b'], few))).toEqual([1, 2]);
    expect(listed(await store.series(target, ['x', 'a', 'y', 'b', 'z', 'x'], few))).toEqual([
      3, 1, 0, 2, 0, 3,
    ]);
    expect(listed(await store.series(target, ['y', 'b'], few))).toEqual([0, 2]);
    expect(listed(await store.series(other, ['y'], few))).toEqual([4]);
    expect(listed(await store.series(target, ['y'], { ...few, limit: 1 }))).toEqual([0]);
    expect((await store.stats()).series).toBe(4);
  });

  it('counts living series against the limit, and those that return whatever the limit', async () => {
    const { store } = await setup();
    const target = await store.target('srv_a');
    const on = async (day: number, keys: string[]) =>
      listed(await store.series(target, keys, { limit: 2, day, since: day - 3 }));
    expect(await on(DAY, ['a', 'b', 'c'])).toEqual([1, 2, 0]);
    expect(await on(DAY + 3, ['c'])).toEqual([0]);
    expect(await on(DAY + 4, ['c', 'd', 'c', 'e'])).toEqual([3, 4, 3, 0]);
    expect(await on(DAY + 5, ['b', 'a'])).toEqual([2, 1]);
    expect(await on(DAY + 8, ['e', 'a', 'b'])).toEqual([0, 1, 2]);
    // Those that return count before new ones, wherever they are among the keys.
    expect(await on(DAY + 12, ['f', 'c', 'g', 'd'])).toEqual([0, 3, 0, 4]);
    expect((await store.stats()).series).toBe(4);
  });

  it('finds series by target and key', async () => {
    const { store } = await setup();
    for (const id of ['srv_b', 'srv_a'])
      await store.series(
        await store.target(id),
        ['load', 'disk.used{mount="/"}', 'disk.free', 'disk?x'],
        ANY,
      );
    const find = async (metric: string | undefined, targets?: string[], limit = 100) =>
      (
        await store.findSeries(
          { ...(metric !== undefined && { metric }), ...(targets && { targets }) },
          limit,
        )
      ).map(({ targetId, key }) => `${targetId} ${key}`);
    expect(await find('disk.*', ['srv_a'])).toEqual(['srv_a disk.free', 'srv_a disk.used{mount="/"}']);
    expect(await find('disk.used')).toEqual(['srv_a disk.used{mount="/"}', 'srv_b disk.used{mount="/"}']);
    expect(await find(undefined, ['srv_b', 'srv_a', 'srv_nobody'], 3)).toEqual([
      'srv_a disk.free',
      'srv_a disk.used{mount="/"}',
      'srv_a disk?x',
    ]);
    expect(await find('*s*', ['srv_a'])).toHaveLength(3);
    expect(await find('disk?*', ['srv_b'])).toEqual(['srv_b disk?x']);
    expect(await find('d_sk%*')).toEqual([]);
    expect(await find('[d]isk*')).toEqual([]);
    expect(await find('load', [])).toEqual([]);
    expect(await store.findSeries({ metric: 'load', targets: ['srv_a'] }, 9)).toMatchObject([
      { no: 5, target: 2 },
    ]);
  });

  it('finds what was made and no longer what was deleted since it was asked the last time', async () => {
    const { store } = await setup();
    const a = await store.target('srv_a');
    const find = async (limit = 9, targets = ['srv_a', 'srv_b']) =>
      (await store.findSeries({ metric: 'load', targets }, limit)).map(({ targetId }) => targetId);
    expect(await find()).toEqual([]);
    await store.series(a, ['load'], { ...ANY, day: DAY });
    expect([await find(1), await find(), await find(0)]).toEqual([['srv_a'], ['srv_a'], []]);
    await store.series(await store.target('srv_b'), ['load'], { ...ANY, day: DAY + 1 });
    expect([await find(1), await find()]).toEqual([['srv_a'], ['srv_a', 'srv_b']]);
    expect([await find(9, ['srv_b']), await find(9, ['srv_a'])]).toEqual([['srv_b'], ['srv_a']]);
    await store.deleteSeries({ day: DAY + 1, open: new Set(), limit: 9, cursor: null });
    expect(await find(9, ['srv_a'])).toEqual([]);
    expect(await find()).toEqual(['srv_b']);
  });

  it('keeps any key, and finds it by its metric', async () => {
    const { store } = await setup();
    const target = await store.target('srv_a');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (key) => {
        const [no] = await store.series(target, [key], { ...ANY, limit: 1e6 });
        expect(listed(await store.series(target, [key], ANY))).toEqual([no]);
        const found = await store.findSeries({ metric: key.split('{')[0]! }, 1e6);
        const expected = key.toWellFormed().replaceAll('\0', '\uFFFD');
        expect(found.filter((series) => series.key === expected).map((series) => series.no)).toEqual([no]);
      }),
      {
        numRuns: 50,
        examples: [
          [LONG],
          [`${LONG}{a="${LONG}"}`],
          ['\0'],
          ['\ud800'],
          ['a\\"{b="\\n"}'],
          ['{}'],
          ["'"],
          ['NULL'],
          [''],
        ],
      },
    );
  });
}

function logAndChecks(setup: Setup): void {
  it('appends rows, reads them behind a row, and trims them for good', async () => {
    const { store, reopen, survives } = await setup();
    const rows: number[] = [];
    const add = async (value: number, to = store) =>
      rows.push(await to.append(Float64Array.of(value, Number.NaN, -0), []));
    for (const n of [1, 2, 3]) await add(n);
    expect(await store.append(new Float64Array(0), [])).toBe(0);
    expect((await store.log(0, 2)).map(({ row }) => row)).toEqual(rows.slice(0, 2));
    expect(await store.log(rows[1]!, 9)).toEqual([
      { row: rows[2], cells: Float64Array.of(3, Number.NaN, -0) },
    ]);
    await store.trimLog(rows[2]!, NONE);
    const again = survives ? await reopen() : store;
    expect(await again.log(0, 9)).toEqual([]);
    await add(4, again);
    expect(rows[3]).toBeGreaterThan(rows[2]!);
  });

  it('appends a part of a larger buffer', async () => {
    const { store } = await setup();
    await store.append(Float64Array.of(1, 2, 3, 4).subarray(1, 3), []);
    expect((await store.log(0, 9))[0]!.cells).toEqual(Float64Array.of(2, 3));
  });

  it('keeps one outcome of a target, time and location, the last', async () => {
    const { store } = await setup();
    const nothing = new Float64Array(0);
    await store.append(nothing, [
      outcome('svc_a', 1),
      outcome('svc_a', 1, { status: 'down', errorMessage: 'no\0' }),
    ]);
    await store.append(nothing, [
      outcome('svc_a', 1, { location: 'rome', responseTimeMs: null }),
      outcome('svc_b', 2),
    ]);
    await store.append(nothing, [outcome('svc_a', 1, { location: 'rome', httpStatusCode: 503 })]);
    const all = { start: 0, end: Number.MAX_SAFE_INTEGER, limit: 9 };
    expect(await store.checks({ targetId: 'svc_a', ...all })).toEqual([
      outcome('svc_a', 1, { status: 'down', errorMessage: 'no\uFFFD' }),
      outcome('svc_a', 1, { location: 'rome', httpStatusCode: 503 }),
    ]);
    expect(await store.checks({ targetId: 'svc_a', ...all, limit: 1 })).toHaveLength(1);
    expect(await store.checks({ targetId: 'svc_nobody', ...all })).toEqual([]);
    expect((await store.stats()).checks).toBe(3);
  });

  it('makes uptime of what it has, with an outcome from before the window', async () => {
    const { store } = await setup();
    const outcomes = [outcome('svc_a', 0), outcome('svc_a', 1, { status: 'down' }), outcome('svc_a', 2)];
    await store.append(new Float64Array(0), outcomes);
    const query = { targetId: 'svc_a', since: T0 + 30_000, until: T0 + 150_000, maxGapMs: 120_000 };
    expect(await store.uptime(query)).toMatchObject({
      uptimePercentage: 50,
      coveragePercentage: 100,
      totalChecks: 2,
    });
    expect(await store.uptime({ ...query, targetId: 'svc_nobody' })).toMatchObject({
      uptimePercentage: null,
    });
  });

  it('keeps marks', async () => {
    const { store, reopen, survives } = await setup();
    expect(await store.mark('clean/raw')).toBeNull();
    await store.setMark('clean/raw', 1);
    await store.setMark('clean/raw', -1.5);
    await store.setMark('other', T0);
    const again = survives ? await reopen() : store;
    expect([await again.mark('clean/raw'), await again.mark('other')]).toEqual([-1.5, T0]);
    await again.setMark('clean/1h', 0);
    expect(await again.marks('clean/')).toEqual(['clean/1h', 'clean/raw']);
    await again.setMark('clean/raw', null);
    expect([await again.mark('clean/raw'), await again.marks('clean/')]).toEqual([null, ['clean/1h']]);
  });
}
