// Exporters on virtual time, with answers that a test plays by hand. Grid, misses and restarts are the collector's test.
import { ActorSystem, supervisor, TestClock } from '@guardia/kernel';
import type { ExporterConfig, Frame, HubEvent } from '@guardia/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { delayToPhaseMs } from '../lib/phase.ts';
import { createExporters } from './exporters.ts';
import { Unanswered } from './http/bad-answer.ts';
import type { Answer, Pending } from './http/exchange.ts';
import type { FailedPoll } from './ingest.ts';
import { exporterConfig } from './test/exporter-config.ts';

const ID = 'exp_aaaaaaaaaaaaaaaaaaaa';
const INTERVAL_MS = 15_000;

function answer(body: string): Answer {
  const data = Buffer.from(body);
  return { status: 200, headers: {}, chunks: [data], sizeBytes: data.length };
}

/** One exporter that is just about to be scraped for the first time. */
async function setup(config: ExporterConfig = exporterConfig()) {
  const clock = new TestClock();
  const system = new ActorSystem({ clock });
  onTestFinished(async () => void (await system.shutdown()));
  const tier = await system.spawn(supervisor({ children: [] }), undefined, { id: 'exporters' });
  const frames: Frame[] = [];
  const failures: FailedPoll[] = [];
  const events: HubEvent[] = [];
  const exporter = { body: 'a 1\n' as string | Error, tookMs: 0 };
  const fleet = createExporters({
    supervisor: tier,
    ports: {
      clock,
      ingest: async (frame) => void frames.push(frame),
      unreachable: async (failure) => void failures.push(failure),
      publish: (event) => events.push(event),
    },
    ask: (_config, read) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      clock.after(exporter.tookMs, resolve);
      const reading = promise.then(() => {
        if (exporter.body instanceof Error) throw exporter.body;
        return read(answer(exporter.body));
      });
      return { reading, cancel: () => reject(new Unanswered('the poll was cancelled')) } as Pending<never>;
    },
  });
  await fleet.apply([{ id: ID, config }]);
  await clock.advance(delayToPhaseMs(ID, INTERVAL_MS, clock.wall()) - 1);
  /** Lets the next scrape come and end. */
  const scrape = async (body: string | Error = exporter.body) => {
    exporter.body = body;
    await clock.advance(INTERVAL_MS);
    await clock.settle();
  };
  return { clock, fleet, exporter, frames, failures, events, scrape, record: fleet.find(ID)! };
}

const samplesOf = ({ layout, values }: Frame) =>
  Object.fromEntries(layout.keys.map((key, i) => [key, values[i]]));

describe('an exporter', () => {
  test('is scraped on its grid, and is up', async () => {
    const { clock, exporter, frames, events, scrape, record } = await setup();
    exporter.tookMs = 12;
    const phase = clock.wall() + 1;
    await scrape('a 1\nb{c="d"} NaN\n');
    expect(frames).toMatchObject([{ targetId: ID, at: phase }]);
    expect(samplesOf(frames[0]!)).toEqual({
      up: 1,
      scrape_duration_seconds: 0.012,
      scrape_samples_scraped: 2,
      a: 1,
      'b{c="d"}': Number.NaN,
    });
    expect(record).toMatchObject({ name: 'node', health: 'up', samples: 2, lastSeen: phase, lastPollMs: 12 });
    expect(record.lastPollSuccess).toBe(phase + 12);
    expect(events).toMatchObject([{ type: 'exporter', targetId: ID, health: 'up', message: null }]);
    await scrape();
    expect(frames[1]).toMatchObject({ at: phase + INTERVAL_MS });
    expect(frames[1]!.layout).toBe(frames[0]!.layout);
  });

  test('gives samples with times of their own in frames of these times', async () => {
    const { clock, frames, scrape } = await setup();
    const phase = clock.wall() + 1;
    await scrape(`a 1 ${phase - 7_000}\nb 2\n`);
    expect(frames.map(({ at }) => at - phase)).toEqual([-7_000, 0]);
    expect(samplesOf(frames[0]!)).toEqual({ a: 1 });
  });

  test('that nothing answers for is down, and up is 0', async () => {
    const { clock, exporter, frames, failures, events, scrape, record } = await setup();
    await scrape();
    exporter.tookMs = 5_000;
    await scrape(new Unanswered('No answer.'));
    expect(record).toMatchObject({ health: 'down', lastPollError: 'No answer.', samples: 1, failedPolls: 1 });
    const [failure] = failures;
    expect(failure).toMatchObject({ targetId: ID, error: 'No answer.', at: failure!.frame!.at + 5_000 });
    expect(samplesOf(failure!.frame!)).toEqual({ up: 0, scrape_duration_seconds: 5 });
    expect(failure!.frame!.at).toBe(frames[0]!.at + INTERVAL_MS);
    await scrape(new Unanswered('No answer.'));
    expect(failures[1]!.frame!.layout).toBe(failure!.frame!.layout);
    exporter.tookMs = 0;
    await scrape('a 2\n');
    expect(frames[1]!.layout).toBe(frames[0]!.layout);
    expect(events.map((event) => event.type === 'exporter' && event.health)).toEqual(['up', 'down', 'up']);
    expect(clock.wall()).toBeGreaterThan(0);
  });

  test('that says something wrong is not down, but stale after three intervals, and up is 0', async () => {
    const { failures, scrape, record, frames } = await setup();
    await scrape('a 1\n');
    for (let i = 0; i < 3; i += 1) await scrape('a 1\nb x\n');
    expect(record.health).toBe('stale');
    expect(record.lastPollError).toMatch(/line 2, column 3: must be a number, in "b x"/);
    expect(failures.map(({ frame }) => samplesOf(frame!).up)).toEqual([0, 0, 0]);
    expect(frames).toHaveLength(1);
  });

  test('is scraped on demand at the time of asking', async () => {
    const { clock, fleet, frames } = await setup();
    const now = clock.wall();
    const result = fleet.pollNow(ID);
    await clock.advance(0);
    expect(await result).toMatchObject({ ok: true });
    expect(frames.map(({ at }) => at)).toEqual([now]);
  });

  test('has other labels from the scrape after they were configured', async () => {
    const { fleet, frames, scrape } = await setup(exporterConfig({ labels: { site: 'a' } }));
    await scrape('x 1\n');
    await fleet.apply([{ id: ID, config: exporterConfig({ labels: { site: 'b' } }) }]);
    await scrape();
    expect(frames.map(({ layout }) => layout.keys[3])).toEqual(['x{site="a"}', 'x{site="b"}']);
    expect(frames[0]!.layout.keys[0]).toBe('up{site="a"}');
  });

  test('that shows series of the hub’s own names is overruled', async () => {
    const { frames, scrape } = await setup();
    await scrape('up 0\nup{job="x"} 0\n');
    expect(samplesOf(frames[0]!)).toMatchObject({ up: 1, 'up{job="x"}': 0, scrape_samples_scraped: 2 });
  });

  test('that always has new series is read on, without keeping the old ones', async () => {
    const { frames, scrape } = await setup();
    for (let i = 0; i < 30; i += 1) {
      await scrape(Array.from({ length: 200 }, (_, n) => `a{id="${i}-${n}"} ${n}\n`).join(''));
    }
    expect(frames.at(-1)!.layout.keys).toHaveLength(203);
    expect(samplesOf(frames.at(-1)!)).toMatchObject({ 'a{id="29-199"}': 199, up: 1 });
  });
});

test('exporters are found by name and by id', async () => {
  const { fleet, record } = await setup(
    exporterConfig({ url: 'http://user:hidden@10.0.0.5:9100/metrics?token=hidden' }),
  );
  expect(fleet.find('node')).toBe(record);
  expect(record.url).toBe('http://10.0.0.5:9100/metrics?token=***');
  expect(fleet.list()).toEqual([record]);
  await fleet.apply([]);
  expect(fleet.find('node')).toBeUndefined();
});
