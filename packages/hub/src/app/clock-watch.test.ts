import { ActorSystem, TestClock } from '@guardia/kernel';
import type { ActorEvent } from '@guardia/model';
import { expect, it } from 'vitest';
import { clockWatch } from './clock-watch.ts';

async function setup() {
  const clock = new TestClock();
  const system = new ActorSystem({ clock });
  const events: ActorEvent[] = [];
  const logged: object[] = [];
  await system.spawn(clockWatch, {
    clock,
    publish: (event) => events.push(event),
    log: (fields) => logged.push(fields),
  });
  return { clock, events, logged };
}

it.each([
  ['back an hour', -3_600_000],
  ['forward a year', 365 * 86_400_000],
])('tells once that the wall clock jumped %s', async (_name, jumpMs) => {
  const { clock, events, logged } = await setup();
  await clock.advance(60_000);
  expect(events).toEqual([]);
  clock.jumpWall(jumpMs);
  await clock.advance(60_000);
  expect(events).toMatchObject([
    { what: 'clock_jumped', message: expect.stringContaining(`${jumpMs / 1000}.0 s`) },
  ]);
  expect(logged).toEqual([{ jumpMs }]);
});

it('takes small corrections for what they are', async () => {
  const { clock, events } = await setup();
  clock.jumpWall(400);
  await clock.advance(60_000);
  expect(events).toEqual([]);
});
