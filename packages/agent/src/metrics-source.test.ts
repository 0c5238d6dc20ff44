import { expect, it } from 'vitest';
import { MetricsSource } from './metrics-source.ts';
import type { MachineReading, Readings } from './readings.ts';
import { fixtureReadings, ManualClock } from './test/support.ts';

/** Counts readings; `hold` keeps the next ones from ending until released. */
function setup() {
  const clock = new ManualClock();
  const fixture = fixtureReadings('laptop-with-sensors', clock);
  let taken = 0;
  let held: Promise<void> = Promise.resolve();
  const readings: Readings = {
    stuck: false,
    close: () => fixture.close(),
    async take(): Promise<MachineReading> {
      taken += 1;
      await held;
      return fixture.take();
    },
  };
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  return { clock, source: new MetricsSource(readings, clock, '1.2.3'), hold, taken: () => taken };
}

it('reads at most once a second however often it is asked', async () => {
  const { clock, source, taken } = setup();
  const first = await source.text('json');
  clock.advance(999);
  expect(await source.text('json')).toBe(first);
  expect(taken()).toBe(1);
  clock.advance(1);
  expect(await source.text('json')).not.toBe(first);
  expect(taken()).toBe(2);
});

it('answers all formats from one reading', async () => {
  const { source, taken } = setup();
  const json = JSON.parse(await source.text('json'));
  expect(await source.text('prometheus')).toContain(
    `node_time_seconds ${Date.parse(json.taken_at) / 1000}\n`,
  );
  expect(await source.text('openmetrics')).toContain('# EOF');
  expect(taken()).toBe(1);
});

it('lets those who ask during a reading share it', async () => {
  const { source, hold, taken } = setup();
  const release = hold();
  const asked = [source.text('json'), source.text('json'), source.text('prometheus')];
  release();
  const [first, second] = await Promise.all(asked);
  expect(second).toBe(first);
  expect(taken()).toBe(1);
});

it('never takes two readings at once, however long one takes', async () => {
  const { clock, source, hold, taken } = setup();
  const release = hold();
  const first = source.text('json');
  clock.advance(5000);
  const second = source.text('json');
  expect(taken()).toBe(1);
  release();
  expect(await second).toBe(await first);
  await source.text('json');
  expect(taken()).toBe(2);
});

it('has null usage after priming, and still when counters stood still', async () => {
  const { clock, source } = setup();
  await source.prime();
  expect(JSON.parse(await source.text('json')).cpus.usage_window_s).toBeNull();
  clock.advance(1000);
  // The fixture's counters stand still, so even now there is nothing to compare: null, not 0.
  expect(JSON.parse(await source.text('json')).cpus.average_usage).toBeNull();
});
