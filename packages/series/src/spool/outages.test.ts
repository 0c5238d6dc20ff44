import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TestClock } from '@guardia/kernel';
import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, openSeries } from '../open-series.ts';
import type { SeriesNotice, SeriesStore } from '../store.ts';
import { DAY_MS, frame, frameAt, outcome, T0 } from '../test/frames.ts';
import { inlineLink } from '../test/inline-link.ts';
import { seriesHandlers } from '../worker/series-handlers.ts';
import { openSeriesOn, type WorkerSeriesOptions } from '../worker-series.ts';
import { Spool } from './spool.ts';
import { SilentProxy } from './test/silent-proxy.ts';

const KEYS = ['cpu.usage_percent', 'disk.used_bytes{mount="/"}', 'disk.used_bytes{mount="/srv"}'];
const ALL = { start: T0 - DAY_MS, end: T0 + DAY_MS };

describe.skipIf(postgresIsMissing())('an outage of PostgreSQL', () => {
  let cluster: PostgresCluster;
  let databases = 0;
  const stops: (() => unknown)[] = [];
  beforeAll(async () => {
    cluster = await startPostgres({ settings: { max_connections: '12' } });
  });
  // A test may have left it away.
  beforeEach(() => cluster.restart());
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  afterAll(() => cluster.stop());

  interface Given {
    readonly url: string;
    readonly spoolPath: string;
    readonly spoolMaxBytes?: number;
    readonly maxPendingFrames?: number;
  }

  async function place(): Promise<Given> {
    const folder = mkdtempSync(join(tmpdir(), 'guardia-outage-'));
    stops.push(() => rmSync(folder, { recursive: true }));
    return { url: await cluster.createDatabase(`outage_${databases++}`), spoolPath: join(folder, 'spool') };
  }

  /** A store in this thread, whose timers are the test's. */
  async function open(given: Given) {
    const { url, spoolPath, spoolMaxBytes = 1024 ** 3, maxPendingFrames = 2000 } = given;
    const clock = new TestClock({ wallMs: T0 });
    const failures: Error[] = [];
    const notices: SeriesNotice[] = [];
    const messages: string[] = [];
    const note = (_: object, message: string) => void messages.push(message);
    const options: WorkerSeriesOptions = {
      location: { backend: 'postgres', url, spoolPath, spoolMaxBytes },
      policy: DEFAULT_POLICY,
      maxSeriesPerTarget: 20_000,
      clock,
      log: { info: note, warn: note },
      batchFrames: 100,
      batchMs: 5000,
      maxPendingFrames,
    };
    const store = await openSeriesOn(inlineLink(seriesHandlers(clock), 'postgres'), options);
    // Of a store that failed the test has seen it.
    stops.push(() => store.close().catch(() => undefined));
    store.onFailure((error) => failures.push(error));
    store.onNotice((notice) => notices.push(notice));
    return { store, clock, failures, notices, messages };
  }

  /** Appends frames of three targets and outcomes, `from` to `to`, exclusive, and waits until they are durable. */
  async function feed(store: SeriesStore, from: number, to: number): Promise<void> {
    for (let n = from; n < to; n++) {
      await store.append(frame(`srv_${n % 3}`, n));
      if (n % 10 === 0) await store.appendCheck(outcome('svc_a', n));
    }
    await store.flush();
  }

  /** Lets timers fire until the spool is empty and the last batch went to the database. */
  const drained = ({ store, clock }: { store: SeriesStore; clock: TestClock }) =>
    expect
      .poll(() => clock.advance(30_000).then(() => store.stats()), { timeout: 20_000 })
      .toMatchObject({ spoolBytes: 0, spoolOldestAt: null });

  /** Every number of `0` to `count` is there once, with its values, as samples and in the tiers. */
  async function expectAll(store: SeriesStore, count: number): Promise<void> {
    const sums = KEYS.map(() => 0);
    const seen = new Set<number>();
    for (const target of ['srv_0', 'srv_1', 'srv_2']) {
      const columns = await store.raw({ targetId: target, ...ALL, keys: KEYS });
      for (const { key, times, values } of columns) {
        for (const [i, time] of times.entries()) {
          seen.add((time - T0) / 1000);
          sums[KEYS.indexOf(key)]! += values[i]!;
        }
      }
    }
    const sum = (count * (count - 1)) / 2;
    expect(seen.size).toBe(count);
    expect(sums).toEqual([sum, sum * 10, sum * 100]);
    const checks = await store.checks({ targetId: 'svc_a', ...ALL, end: T0 + 100 * DAY_MS, limit: 10_000 });
    expect(checks).toHaveLength(Math.ceil(count / 10));
    await store.settle();
    const selector = { metric: 'cpu.usage_percent' };
    const of = async (agg: 'count' | 'sum') => {
      const node = { type: 'series', selector, agg } as const;
      const { rows } = await store.query({ node, start: T0, end: T0 + DAY_MS - 1, stepMs: DAY_MS });
      return rows.reduce((total, { values }) => total + values[0]!, 0);
    };
    expect([await of('count'), await of('sum')]).toEqual([count, sum]);
  }

  it('goes unnoticed by those who append; all of it arrives once the server is back', async () => {
    const opened = await open(await place());
    const { store, clock, messages, failures } = opened;
    await feed(store, 0, 500);
    expect(await store.stats()).toMatchObject({ spoolBytes: 0, lastError: null });
    await cluster.kill9();
    await feed(store, 500, 1500);
    const during = await store.stats();
    expect(during).toMatchObject({
      pendingFrames: 0,
      framesWritten: 1500,
      checksStored: 50,
      spoolOldestAt: T0,
    });
    expect(during.spoolBytes).toBeGreaterThan(1000);
    expect(during.lastError).toMatch(
      /ECONNREFUSED.*Since 2026-01-01T00:00:00\.000Z samples go to the spool.*Check/,
    );
    expect(store.writeError).toBe(during.lastError);
    await expect(store.raw({ targetId: 'srv_0', ...ALL })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('Check that the server runs'),
    });
    await clock.advance(60_000);
    await feed(store, 1500, 1600);
    await cluster.restart();
    await drained(opened);
    await feed(store, 1600, 1700);
    expect((await store.stats()).lastError).toBeNull();
    await expectAll(store, 1700);
    expect(messages).toEqual([
      'the database does not take samples; they go to the spool',
      'sample storage writes again; nothing was lost',
    ]);
    expect(failures).toEqual([]);
  });

  it('keeps the names that batches explained to the spool alone', async () => {
    const opened = await open(await place());
    const { store } = opened;
    await feed(store, 0, 10);
    await cluster.kill9();
    await store.append(frameAt('srv_new', T0, { 'new.metric': 1, 'other.metric': 2 }));
    await store.flush();
    await cluster.restart();
    await drained(opened);
    await store.append(frameAt('srv_new', T0 + 1000, { 'new.metric': 3, 'other.metric': 4 }));
    await store.flush();
    const columns = await store.raw({ targetId: 'srv_new', ...ALL });
    expect(columns.map(({ key, values }) => [key, [...values]])).toEqual([
      ['new.metric', [1, 3]],
      ['other.metric', [2, 4]],
    ]);
  });

  it('lets new batches into the database at once, while the spool is written', async () => {
    const opened = await open(await place());
    const { store, clock } = opened;
    await cluster.kill9();
    await feed(store, 0, 5000);
    await cluster.restart();
    // Until a server that just started answers, the spool takes them.
    await expect
      .poll(() =>
        clock
          .advance(30_000)
          .then(() => feed(store, 5000, 5100))
          .then(() => store.writeError),
      )
      .toBeNull();
    const { spoolBytes } = await store.stats();
    await feed(store, 5000, 5100);
    expect((await store.stats()).spoolBytes).toBeLessThanOrEqual(spoolBytes);
    await drained(opened);
    await expectAll(store, 5100);
  });

  it('survives restarts and ended connections while frames come in', async () => {
    const opened = await open(await place());
    let at = 0;
    for (let round = 0; round < 6; round++) {
      const change = round % 2 === 0 ? cluster.restart() : cluster.terminateConnections();
      let over = false;
      void change.then(() => {
        over = true;
      });
      do {
        await feed(opened.store, at, at + 200);
        at += 200;
        // In one thread the spool works without ever waiting.
        await nextTurn();
      } while (!over);
      await change;
    }
    await drained(opened);
    await expectAll(opened.store, at);
    expect(opened.failures).toEqual([]);
  });

  it('takes a server without a free connection for one that is away', async () => {
    const opened = await open(await place());
    await feed(opened.store, 0, 100);
    const clients: Client[] = [];
    const free = async () => {
      for (const client of clients.splice(0)) await client.end();
    };
    stops.push(free);
    await cluster.terminateConnections();
    await expect(
      (async () => {
        for (;;) {
          const client = new Client(cluster.url);
          client.on('error', () => undefined);
          await client.connect();
          clients.push(client);
        }
      })(),
    ).rejects.toMatchObject({ code: '53300' });
    await feed(opened.store, 100, 700);
    expect(opened.store.writeError).toMatch(/too many clients.*go to the spool/);
    await free();
    await drained(opened);
    await expectAll(opened.store, 700);
  });

  it('waits no longer than 5 s for a network that is silent', async () => {
    const { url, ...given } = await place();
    const { proxy, url: through } = await SilentProxy.start(url);
    stops.push(() => proxy.stop());
    const opened = await open({ ...given, url: through });
    const { store, clock } = opened;
    await feed(store, 0, 100);
    proxy.silent = true;
    const fed = feed(store, 100, 200);
    let written = false;
    void fed.then(() => {
      written = true;
    });
    await expect.poll(() => clock.advance(1000).then(() => written)).toBe(true);
    expect(store.writeError).toMatch(/no answer within 5 s/);
    await feed(store, 200, 900);
    expect((await store.stats()).spoolBytes).toBeGreaterThan(1000);
    proxy.silent = false;
    await drained(opened);
    await expectAll(store, 900);
  });

  it('holds callers back once the spool is full, and loses nothing', async () => {
    const opened = await open({ ...(await place()), spoolMaxBytes: 65_536, maxPendingFrames: 200 });
    const { store } = opened;
    await cluster.kill9();
    let count = 0;
    let room: Promise<void> | undefined;
    // Held back for a moment while batches go to the spool, and for good once it is full.
    while (room === undefined || store.writeError?.includes('is full') !== true) {
      room = store.append(frame(`srv_${count % 3}`, count));
      if (count % 10 === 0) void store.appendCheck(outcome('svc_a', count));
      count++;
      if (room !== undefined) await nextTurn();
    }
    expect((await store.stats()).lastError).toMatch(/ECONNREFUSED.*; the spool .* is full \(65536 bytes\)/);
    await cluster.restart();
    await drained(opened);
    await room;
    await store.flush();
    await expectAll(store, count);
  });

  it('ends a stop with the database away, and goes on where it was at the next start', async () => {
    const given = await place();
    const { store } = await open(given);
    await feed(store, 0, 50);
    await cluster.kill9();
    for (let n = 50; n < 350; n++) {
      await store.append(frame(`srv_${n % 3}`, n));
      if (n % 10 === 0) await store.appendCheck(outcome('svc_a', n));
    }
    await store.close();
    expect(readdirSync(given.spoolPath)).toEqual(['00000001.spool']);
    const path = join(given.spoolPath, '00000001.spool');
    appendFileSync(path, 'GREC');
    await cluster.restart();
    const again = await open(given);
    await drained(again);
    await expectAll(again.store, 350);
    await feed(again.store, 350, 351);
    expect(again.notices).toEqual([
      { type: 'spool-damaged', path, message: expect.stringMatching(/^4 bytes/) },
    ]);
  });

  it('sets aside what the server refuses for good, says so, and goes on', async () => {
    const given = await place();
    const spool = new Spool({ folder: given.spoolPath, maxBytes: 1e6, notify: () => {} });
    const empty = { cells: new Float64Array(), length: 0, forget: true, newTargets: [], newLayouts: [] };
    spool.add({ ...empty, checks: [outcome('svc_a', 0, { httpStatusCode: 0.5 })] }, T0);
    spool.add({ ...empty, checks: [outcome('svc_b', 0)] }, T0);
    spool.close();
    const opened = await open(given);
    await drained(opened);
    await feed(opened.store, 0, 10);
    expect(await opened.store.checks({ targetId: 'svc_b', ...ALL, limit: 9 })).toHaveLength(1);
    expect(readdirSync(given.spoolPath)).toEqual(['00000001.spool.aside']);
    expect(opened.notices).toMatchObject([{ message: expect.stringMatching(/refuses a batch.*0\.5/) }]);
    expect(opened.failures).toEqual([]);
  });

  it('ends for good when another process has taken over meanwhile, and keeps the spool', async () => {
    const given = await place();
    const { store, clock, failures } = await open(given);
    await cluster.kill9();
    await feed(store, 0, 100);
    await cluster.restart();
    await open({ ...given, spoolPath: `${given.spoolPath}-2` });
    await expect
      .poll(async () => {
        await clock.advance(30_000);
        void store.append(frame('srv_a', 1));
        await clock.advance(5000);
        return failures.length;
      })
      .toBe(1);
    expect(failures[0]).toMatchObject({ cause: { code: 'DATABASE_IN_USE' } });
    await store.close().catch(() => undefined);
    expect(readdirSync(given.spoolPath)).not.toEqual([]);
  });

  it('refuses a spool that it can not use', async () => {
    const { url, spoolPath } = await place();
    writeFileSync(spoolPath, '');
    const opening = openSeries({ backend: 'postgres', url, spoolPath, clock: new TestClock() });
    await expect(opening).rejects.toThrow(/the spool can't be used: .*change storage\.path/);
  });

  it('keeps the store from opening, with an address and without a password', async () => {
    const { spoolPath } = await place();
    const url = 'postgres://hub:hunter2@127.0.0.1:1/guardia';
    const opening = openSeries({ backend: 'postgres', url, spoolPath, clock: new TestClock() });
    await expect(opening).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await expect(opening).rejects.toThrow(/postgres:\/\/127\.0\.0\.1:1\/guardia/);
    await expect(opening).rejects.not.toThrow(/hunter2/);
  });
});

it('names the bound of the spool that is too small', async () => {
  const location = { backend: 'postgres', url: 'postgres://x/y', spoolPath: '/x', spoolMaxBytes: 1 } as const;
  await expect(openSeries({ ...location, clock: new TestClock() })).rejects.toThrow(
    /spoolMaxBytes: 1, must be/,
  );
});
