// What is told of silences and mutes as they are made, begin and end: each once, over restarts and jumps of the clock.
import { TestClock } from '@guardia/kernel';
import type { SilenceEvent } from '@guardia/model';
import { expect, test } from 'vitest';
import { openAlertDb } from '../test/kit.ts';
import type { NewSilence } from './public.ts';
import { StoredSilences } from './silences.ts';

const MINUTE_MS = 60_000;
const NOON = Date.parse('2026-05-01T12:00Z');

async function setup() {
  const db = await openAlertDb();
  const clock = new TestClock({ wallMs: NOON });
  const events: SilenceEvent[] = [];
  const deps = {
    db,
    wall: () => clock.wall(),
    changed: () => {},
    publish: (event: SilenceEvent) => void events.push(event),
  };
  const start = async () => {
    const silences = new StoredSilences(deps);
    await silences.load();
    return silences;
  };
  /** Times are minutes after noon. */
  const given = (from: number, until: number, kind: NewSilence['kind'] = 'silence'): NewSilence => ({
    kind,
    match: kind === 'mute' ? {} : { target: 'web-*' },
    startsAt: NOON + from * MINUTE_MS,
    endsAt: NOON + until * MINUTE_MS,
    author: 'ana',
    reason: 'new disk',
  });
  const passTo = async (minute: number, silences?: StoredSilences) => {
    await clock.advance(NOON + minute * MINUTE_MS - clock.wall());
    silences?.look();
  };
  const told = () => events.map(({ what, by, at }) => [(at - NOON) / MINUTE_MS, what, by]);
  return { clock, start, given, passTo, told, events };
}

test('rule 11: one that is made is told with all that it says, and who ends it', async () => {
  const { start, given, passTo, told, events } = await setup();
  const silences = await start();
  const made = await silences.add(given(0, 60));
  await passTo(10, silences);
  const ends = [silences.end(made.id, 'bob'), silences.end(made.id, 'bob')];
  expect(await Promise.all(ends)).toEqual([true, false]);
  await passTo(70, silences);
  expect(told()).toEqual([
    [0, 'made', 'ana'],
    [10, 'ended', 'bob'],
  ]);
  expect(events.map(({ silence }) => silence)).toEqual([made, made]);
});

test('rule 11: one that ends by itself says so, once, with the time at which it did', async () => {
  const { start, given, passTo, told } = await setup();
  const silences = await start();
  await silences.add(given(0, 30, 'mute'));
  await passTo(29, silences);
  await passTo(31, silences);
  // another one meanwhile doesn't make the hub forget it, nor a look after that tell it again
  await silences.add(given(0, 60));
  await passTo(32, silences);
  expect(told()).toEqual([
    [0, 'made', 'ana'],
    [30, 'ended', null],
    [31, 'made', 'ana'],
  ]);
});

test('one that is over before the next look is told all the same', async () => {
  const { start, given, passTo, told } = await setup();
  const silences = await start();
  await silences.add(given(0, 1));
  await passTo(2);
  await silences.add(given(2, 60));
  await passTo(3, silences);
  expect(told()).toContainEqual([1, 'ended', null]);
});

test('rule 11: one that is to come is told when it is made and when it begins, over a restart too', async () => {
  const { start, given, passTo, told } = await setup();
  await (await start()).add(given(20, 40));
  await passTo(10);
  const again = await start();
  await passTo(20, again);
  const third = await start();
  await passTo(25, third);
  await passTo(45, third);
  expect(told()).toEqual([
    [0, 'made', 'ana'],
    [20, 'began', null],
    [40, 'ended', null],
  ]);
});

test('what began or ended while the hub was off is not told', async () => {
  const { start, given, passTo, told } = await setup();
  const first = await start();
  await first.add(given(0, 20));
  await first.add(given(10, 60));
  await passTo(30);
  await passTo(31, await start());
  expect(told().map(([, what]) => what)).toEqual(['made', 'made']);
});

test('of the configuration those are told that begin or end while it is in force', async () => {
  const { start, given, passTo, told } = await setup();
  const silences = await start();
  const config = [given(-10, 20), given(5, 60)];
  silences.configure(config);
  await passTo(1, silences);
  expect(told()).toEqual([]);
  await passTo(10, silences);
  silences.configure(config);
  await passTo(21);
  silences.configure(config);
  await passTo(30, silences);
  silences.configure([]);
  await passTo(70, silences);
  expect(told()).toEqual([
    [5, 'began', null],
    [20, 'ended', null],
  ]);
});

test('a clock that goes back a little has nothing told twice; far back, it goes on', async () => {
  const { start, given, passTo, told, clock } = await setup();
  const silences = await start();
  silences.configure([given(0, 20), given(0, 90)]);
  await passTo(21, silences);
  clock.jumpWall(-2 * MINUTE_MS);
  await passTo(22, silences);
  expect(told()).toEqual([[20, 'ended', null]]);
  clock.jumpWall(400 * MINUTE_MS);
  silences.look();
  clock.jumpWall(-400 * MINUTE_MS);
  silences.look();
  await passTo(80, silences);
  await passTo(91, silences);
  expect(told().at(-1)).toEqual([90, 'ended', null]);
});
