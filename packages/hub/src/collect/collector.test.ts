import { GuardiaError } from '@guardia/model';
import { describe, expect, test } from 'vitest';
import { delayToPhaseMs } from '../lib/phase.ts';
import { Unanswered } from './http/bad-answer.ts';
import { BODY, CollectorBench, ID, INTERVAL_MS, OTHER, otherConfig, serverConfig } from './test/bench.ts';

class StorageRefused extends GuardiaError {
  readonly code = 'STORAGE_REFUSED';
}

describe('the grid of a collector', () => {
  test('is fixed: the first poll at the offset of the server, the next each interval after', async () => {
    const bench = await CollectorBench.open();
    const firstMs = delayToPhaseMs(ID, INTERVAL_MS, bench.clock.wall());
    await bench.watch();
    expect(bench.asked).toHaveLength(0);
    await bench.advance(1 + 2 * INTERVAL_MS);
    expect(bench.asked.map((asked) => asked.atMono)).toEqual([
      firstMs,
      firstMs + INTERVAL_MS,
      firstMs + 2 * INTERVAL_MS,
    ]);
  });

  test('gives each server a place of its own, the same after a restart', async () => {
    const bench = await CollectorBench.open();
    await bench.fleet.apply([
      { id: ID, config: serverConfig() },
      { id: OTHER, config: otherConfig() },
    ]);
    await bench.advance(INTERVAL_MS);
    const [a, b] = [ID, OTHER].map((id) => bench.record(id).alias);
    const phase = (alias: string | undefined) =>
      bench.asked.filter((asked) => asked.config.alias === alias).map((asked) => asked.atMono % INTERVAL_MS);
    const before = phase(a)[0];
    expect(before).not.toBe(phase(b)[0]);
    await bench.advance(4_321);
    await bench.system.restart(bench.system.find(`/collectors/${ID}`)!);
    await bench.advance(INTERVAL_MS);
    expect(phase(a).length).toBeGreaterThanOrEqual(2);
    expect(new Set(phase(a))).toEqual(new Set([before]));
  });

  test('goes on when the wall clock jumps either way; frames carry the time that it gives, or that of a phase near it', async () => {
    const bench = await CollectorBench.open();
    await bench.watchFirstPoll();
    const startedAt = bench.asked[0]!.atMono;
    const times = [bench.clock.wall()];
    for (const [jumpMs, offPhaseMs] of [
      [-3_600_000, 0],
      [7_200_000, 0],
      [-1, -1],
      [1_501, 1_500],
      [1, 0],
    ] as const) {
      bench.clock.jumpWall(jumpMs);
      await bench.advance(INTERVAL_MS);
      times.push(bench.clock.wall() - offPhaseMs);
    }
    expect(bench.asked.map((asked) => asked.atMono - startedAt)).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => n * INTERVAL_MS),
    );
    expect(bench.ingested.map((frame) => frame.at)).toEqual(times);
    expect(times[1]).toBeLessThan(times[0]!);
    expect(bench.record()).toMatchObject({ health: 'up', missedPolls: 0, failedPolls: 0 });
  });

  test('begins anew with a changed interval, and only then', async () => {
    const bench = await CollectorBench.open();
    await bench.watchFirstPoll();
    const startedAt = bench.asked[0]!.atMono;
    await bench.advance(5_000);
    await bench.fleet.apply([{ id: ID, config: serverConfig({ displayName: 'shop', tags: ['new'] }) }]);
    await bench.advance(INTERVAL_MS - 5_000);
    expect(bench.asked.map((asked) => asked.atMono - startedAt)).toEqual([0, INTERVAL_MS]);
    expect(bench.record()).toMatchObject({ displayName: 'shop', tags: ['new'] });

    await bench.fleet.apply([{ id: ID, config: serverConfig({ intervalMs: 7_000 }) }]);
    await bench.clock.settle();
    const delayMs = delayToPhaseMs(ID, 7_000, bench.clock.wall());
    const from = bench.clock.mono();
    bench.asked.length = 0;
    await bench.advance(delayMs + 14_000);
    expect(bench.asked.map((asked) => asked.atMono - from)).toEqual([
      delayMs,
      delayMs + 7_000,
      delayMs + 14_000,
    ]);
    expect(bench.incarnation()).toBe(1);
  });
});

describe('a poll', () => {
  test('makes a frame with the readings, and the server up', async () => {
    const bench = await CollectorBench.open();
    const record = await bench.watchFirstPoll();
    const at = bench.clock.wall();
    expect(bench.ingested).toMatchObject([{ targetId: ID, at }]);
    const { layout, values } = bench.ingested[0]!;
    expect(values[layout.keys.indexOf('cpu.usage')]).toBe(12.5);
    expect(record).toMatchObject({
      health: 'up',
      lastSeen: at,
      lastPollSuccess: at,
      lastPollError: null,
      polls: 1,
    });
    expect(record.latestMetrics()).toEqual(JSON.parse(BODY));
    expect(bench.events).toEqual([{ type: 'server', at, targetId: ID, health: 'up', message: null }]);
  });

  test('takes effect of a new configuration with the next one', async () => {
    const bench = await CollectorBench.open();
    await bench.watchFirstPoll(serverConfig({ token: 'old' }));
    await bench.fleet.apply([{ id: ID, config: serverConfig({ token: 'new' }) }]);
    await bench.advance(INTERVAL_MS);
    expect(bench.asked.map((asked) => asked.config.token)).toEqual(['old', 'new']);
  });

  test('never overlaps itself: phases that pass meanwhile are missed, and three make the server stale', async () => {
    const bench = await CollectorBench.open();
    const record = await bench.watchFirstPoll();
    bench.reply = null;
    await bench.advance(INTERVAL_MS);
    expect([record.polls, record.missedPolls, record.health]).toEqual([2, 0, 'up']);
    await bench.advance(INTERVAL_MS);
    expect([record.polls, record.missedPolls, record.health]).toEqual([2, 1, 'up']);
    await bench.advance(INTERVAL_MS);
    expect([record.polls, record.missedPolls, record.health]).toEqual([2, 2, 'stale']);
    await bench.advance(INTERVAL_MS);
    expect(bench.healths).toEqual(['up', 'stale']);
    bench.reply = BODY;
    bench.asked[1]!.answer();
    await bench.advance(INTERVAL_MS);
    expect([record.polls, record.missedPolls, record.health]).toEqual([3, 3, 'up']);
    expect(bench.healths).toEqual(['up', 'stale', 'up']);
  });

  test('is not over before its frame is stored: slow storage slows polling', async () => {
    const bench = await CollectorBench.open();
    const stored = Promise.withResolvers<void>();
    bench.storing = () => stored.promise;
    const record = await bench.watchFirstPoll();
    await bench.advance(2 * INTERVAL_MS);
    expect([bench.asked.length, bench.ingested.length, record.missedPolls]).toEqual([1, 1, 2]);
    stored.resolve();
    await bench.advance(INTERVAL_MS);
    expect([bench.asked.length, bench.ingested.length, record.missedPolls]).toEqual([2, 2, 2]);
  });
});

describe('a poll on demand', () => {
  test('polls at once, between the phases', async () => {
    const bench = await CollectorBench.open();
    await bench.watch();
    const result = await bench.fleet.pollNow(ID);
    expect(result).toEqual({ ok: true, durationMs: 0, error: null });
    await bench.advance(1);
    expect(bench.asked).toHaveLength(2);
    const phase = bench.clock.wall();
    expect(bench.ingested.map(({ at }) => at - phase)).toEqual([-1, 0]);
    await bench.fleet.pollNow(ID);
    expect(bench.ingested[2]!.at).toBe(phase + 1);
  });

  test('joins the poll that is under way, however many ask', async () => {
    const bench = await CollectorBench.open();
    bench.reply = null;
    await bench.watchFirstPoll();
    const results = Promise.all([bench.fleet.pollNow(ID), bench.fleet.pollNow(ID)]);
    await bench.advance(250);
    bench.asked[0]!.answer();
    const same = { ok: true, durationMs: 250, error: null };
    expect(await results).toEqual([same, same]);
    expect(bench.asked).toHaveLength(1);
  });

  test('says what failed', async () => {
    const bench = await CollectorBench.open();
    bench.reply = new Unanswered('10.0.0.5:51243: connection refused.');
    await bench.watch();
    expect(await bench.fleet.pollNow(ID)).toEqual({
      ok: false,
      durationMs: 0,
      error: '10.0.0.5:51243: connection refused.',
    });
  });
});

describe('a server that nothing answers for', () => {
  test('is down at once and observed as unreachable each time, and up again with the first answer', async () => {
    const bench = await CollectorBench.open();
    const record = await bench.watchFirstPoll();
    const lastSeen = record.lastSeen;
    bench.reply = new Unanswered('no answer');
    await bench.advance(INTERVAL_MS);
    expect(record).toMatchObject({ health: 'down', lastPollError: 'no answer', lastSeen, failedPolls: 1 });
    await bench.advance(4 * INTERVAL_MS);
    expect(bench.unreachable).toEqual(
      Array.from({ length: 5 }, () => ({ targetId: ID, error: 'no answer' })),
    );
    bench.reply = BODY;
    await bench.advance(INTERVAL_MS);
    expect(record).toMatchObject({ health: 'up', lastPollError: null, failedPolls: 5 });
    expect(bench.events.map((event) => event.type === 'server' && [event.health, event.message])).toEqual([
      ['up', null],
      ['down', 'no answer'],
      ['up', null],
    ]);
  });

  test('stays down, not stale, while the judging of it is slow', async () => {
    const bench = await CollectorBench.open();
    bench.reply = new Unanswered('no answer');
    bench.judging = () => new Promise(() => {});
    const record = await bench.watchFirstPoll();
    await bench.advance(5 * INTERVAL_MS);
    expect([record.health, record.missedPolls]).toEqual(['down', 5]);
  });
});

describe('a server that answers nonsense', () => {
  test.each([
    ['no JSON', '<h1>It works</h1>', /^10\.0\.0\.5:51243 answered, but the answer is not JSON: .+\.$/],
    ['JSON of something else', '{"hello":1}', /has none of cpus, memory, system\.$/],
    ['a text for a number', '{"cpus":{"average_usage":"a lot"}}', /cpu\.usage \(in cpus\) is "a lot"/],
  ])('is not down but stale after three intervals, and unreachable (%s)', async (_name, body, error) => {
    const bench = await CollectorBench.open();
    const record = await bench.watchFirstPoll();
    bench.reply = body;
    await bench.advance(2 * INTERVAL_MS);
    expect([record.health, record.failedPolls]).toEqual(['up', 2]);
    expect(record.lastPollError).toMatch(error);
    await bench.advance(INTERVAL_MS);
    expect(bench.healths).toEqual(['up', 'stale']);
    expect(bench.unreachable).toHaveLength(3);
    expect(bench.ingested).toHaveLength(1);
    expect(record.latestMetrics()).toEqual(JSON.parse(BODY));
  });

  test('is unknown until three intervals have passed when it never said anything else', async () => {
    const bench = await CollectorBench.open();
    bench.reply = '[]';
    const record = await bench.watchFirstPoll();
    expect(record.health).toBe('unknown');
    await bench.advance(3 * INTERVAL_MS);
    expect(bench.healths).toEqual(['stale']);
  });
});

describe('when storage refuses', () => {
  test('an answer, the collector says so and goes on', async () => {
    const bench = await CollectorBench.open();
    bench.storing = () => Promise.reject(new StorageRefused('the disk is gone'));
    const record = await bench.watchFirstPoll();
    expect(record).toMatchObject({
      health: 'up',
      lastPollError: 'The answer could not be stored: the disk is gone',
    });
    expect(await bench.fleet.pollNow(ID)).toMatchObject({ ok: false, error: record.lastPollError });
    bench.storing = async () => {};
    await bench.advance(INTERVAL_MS);
    expect([bench.incarnation(), record.lastPollError, bench.ingested.length]).toEqual([1, null, 3]);
  });

  test('to judge a server that is down, the collector goes on', async () => {
    const bench = await CollectorBench.open();
    bench.reply = new Unanswered('no answer');
    bench.judging = () => Promise.reject(new StorageRefused('the disk is gone'));
    await bench.watchFirstPoll();
    await bench.advance(INTERVAL_MS);
    expect([bench.incarnation(), bench.unreachable.length]).toEqual([1, 2]);
    expect(await bench.fleet.pollNow(ID)).toMatchObject({ ok: false, error: 'no answer' });
  });
});

describe('a collector that crashes', () => {
  test('is restarted alone, with back-off, and keeps its record', async () => {
    const bench = await CollectorBench.open();
    await bench.fleet.apply([
      { id: ID, config: serverConfig() },
      { id: OTHER, config: otherConfig() },
    ]);
    await bench.advance(INTERVAL_MS);
    expect([bench.record(ID).polls, bench.record(OTHER).polls]).toEqual([1, 1]);
    bench.storing = async () => {
      if (bench.ingested.at(-1)!.targetId === ID) throw new TypeError('broken promise');
    };
    const result = await bench.fleet.pollNow(ID);
    expect(result).toMatchObject({ ok: false, error: 'TypeError: broken promise' });
    bench.storing = async () => {};
    await bench.clock.settle();
    expect(bench.record(ID).polls).toBe(2);
    await bench.advance(2 * INTERVAL_MS);
    expect([bench.incarnation(ID), bench.incarnation(OTHER)]).toEqual([2, 1]);
    expect(bench.record(ID).polls).toBeGreaterThan(2);
    expect([bench.record(OTHER).polls, bench.record(OTHER).missedPolls]).toEqual([3, 0]);
  });
});

describe('the end of a collector', () => {
  test.each([
    ['a stop', (bench: CollectorBench) => bench.fleet.apply([])],
    ['a restart', (bench: CollectorBench) => bench.system.restart(bench.system.find(`/collectors/${ID}`)!)],
    ['a shutdown', (bench: CollectorBench) => bench.system.shutdown()],
  ])('cancels the poll under way, which then says nothing about the server (%s)', async (_name, end) => {
    const bench = await CollectorBench.open();
    const record = await bench.watchFirstPoll();
    bench.reply = null;
    await bench.advance(INTERVAL_MS);
    const waiting = bench.fleet.pollNow(ID);
    const refused = expect(waiting).rejects.toThrow(/ended/);
    await bench.clock.settle();
    await end(bench);
    await bench.clock.settle();
    await refused;
    expect(bench.asked[1]!.cancelled).toBe(true);
    expect(bench.unreachable).toEqual([]);
    expect(bench.healths).toEqual(['up']);
    expect(record).toMatchObject({ health: 'up', failedPolls: 0, lastPollError: null });
  });

  test('ends its grid', async () => {
    const bench = await CollectorBench.open();
    await bench.watchFirstPoll();
    await bench.fleet.apply([]);
    await bench.advance(10 * INTERVAL_MS);
    expect(bench.asked).toHaveLength(1);
  });
});

test('tells what a server says of itself in words when that is new or has changed', async () => {
  const bench = await CollectorBench.open();
  const answer = JSON.parse(BODY);
  const body = (kernel: string) =>
    JSON.stringify({ ...answer, system: { kernel_version: kernel, uptime_s: 5 } });
  bench.reply = body('6.1');
  await bench.watch();
  await bench.advance(2 * INTERVAL_MS);
  expect(bench.facts).toMatchObject([[ID, expect.any(Number), { kernel_version: '6.1' }]]);
  bench.reply = body('6.18');
  await bench.advance(INTERVAL_MS);
  expect(bench.facts.slice(1)).toMatchObject([[ID, expect.any(Number), { kernel_version: '6.18' }]]);
});
