// Rule 4: whether the hub can see. Targets are small objects that answer as told; witnesses are real listeners.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { TestClock } from '@guardia/kernel';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectedTarget } from './reach.ts';
import { HubSight } from './sight.ts';
import { AlarmLog, machine, sightOf } from './test/setup.ts';

function setup({ names = ['a', 'b', 'c', 'd', 'e'], witnesses = [] as string[] } = {}) {
  const clock = new TestClock();
  const alarm = new AlarmLog();
  const sight = sightOf(clock, alarm, witnesses);
  onTestFinished(() => sight.stop());
  const down = new Set<string>();
  const asked: string[] = [];
  const targets = names.map((name) =>
    machine(name, () => {
      asked.push(name);
      return !down.has(name);
    }),
  );
  for (const target of targets) sight.saw(target);
  const all = (...which: string[]) => which.map((name) => targets.find(({ id }) => id === name)!);
  const fail = (...which: string[]) => {
    for (const name of which) down.add(name);
    return Promise.all(all(...which).map((target) => sight.confirm(target)));
  };
  return { clock, alarm, sight, down, asked, targets, all, fail };
}

async function listener() {
  const server = createServer((socket) => socket.destroy());
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  onTestFinished(async () => {
    if (server.listening) await close();
  });
  return { address: `127.0.0.1:${port}`, close, open: () => listen(port) };
}

describe('rule 4: without witnesses', () => {
  test('one of many that fails is down, and the others are asked first', async () => {
    const { fail, asked, alarm, sight } = setup();
    expect(await fail('a')).toEqual([true]);
    expect([...asked].sort()).toEqual(['b', 'c', 'd', 'e']);
    expect([sight.isBlind, alarm.changes]).toEqual([false, []]);
  });

  test('what is known to fail is believed without asking anybody', async () => {
    const { fail, asked, clock } = setup();
    await fail('a');
    await clock.advance(60_000);
    asked.length = 0;
    expect(await fail('a')).toEqual([true]);
    expect(asked).toEqual([]);
  });

  test('when more than half fail, nothing is believed and exactly one alert says so', async () => {
    const { fail, down, alarm, sight, clock } = setup();
    for (const name of ['a', 'b', 'c']) down.add(name);
    expect(await fail('a')).toEqual([false]);
    await clock.advance(5_000);
    expect(await fail('b', 'c', 'd', 'e')).toEqual([false, false, false, false]);
    expect(sight.isBlind).toBe(true);
    await clock.advance(600_000);
    expect(alarm.changes).toEqual(['raised hub hub_blind']);
    expect(alarm.raised[0]).toMatchObject({ severity: 'critical', notifiers: ['ops'] });
    expect(alarm.raised[0]!.summary).toContain(
      "3 of 5 unrelated machines don't answer (a, b, c). What fails meanwhile counts as unknown. Look at",
    );
  });

  test('exactly half that fail are down', async () => {
    const { fail, down } = setup({ names: ['a', 'b', 'c', 'd'] });
    down.add('b');
    expect(await fail('a')).toEqual([true]);
  });

  test('fewer than three unrelated targets can’t tell', async () => {
    const { fail, alarm } = setup({ names: ['a', 'b'] });
    expect(await fail('a', 'b')).toEqual([true, true]);
    expect(alarm.changes).toEqual([]);
  });

  test('what fails one by one within the window fails at once', async () => {
    const { fail, clock, sight } = setup({ names: ['a', 'b', 'c'] });
    expect(await fail('a')).toEqual([true]);
    await clock.advance(20_000);
    expect(await fail('b')).toEqual([false]);
    expect(sight.isBlind).toBe(true);
  });

  test('what failed before the window says nothing', async () => {
    const { fail, clock } = setup({ names: ['a', 'b', 'c'] });
    await fail('a');
    await clock.advance(31_000);
    expect(await fail('b')).toEqual([true]);
  });

  test('sight is back when one of those answers that made it blind', async () => {
    const { fail, down, all, alarm, sight } = setup({ names: ['a', 'b', 'c'] });
    await fail('a', 'b', 'c');
    expect(sight.isBlind).toBe(true);
    down.clear();
    sight.saw(all('b')[0]!);
    expect(sight.isBlind).toBe(false);
    expect(alarm.changes).toEqual(['raised hub hub_blind', 'cleared hub hub_blind']);
  });

  test('a blind hub looks again by itself, and believes again once it sees', async () => {
    const { fail, down, alarm, sight, clock } = setup({ names: ['a', 'b', 'c'] });
    await fail('a', 'b', 'c');
    down.delete('c');
    await clock.advance(10_000);
    expect(sight.isBlind).toBe(false);
    expect(alarm.changes).toEqual(['raised hub hub_blind', 'cleared hub hub_blind']);
    expect(clock.pending).toBe(0);
  });

  test('what failed while it was blind isn’t believed when sight is back: it is asked again first', async () => {
    const { fail, down, all, sight, clock } = setup({ names: ['a', 'b', 'c', 'd'] });
    await fail('a', 'b', 'c');
    down.clear();
    down.add('d');
    const [a, b, c, d] = all('a', 'b', 'c', 'd').map((target) => sight.confirm(target));
    sight.saw(all('a')[0]!);
    expect(await Promise.all([a, b, c, d])).toEqual([false, false, false, true]);
    await clock.advance(60_001);
    expect(await fail('b')).toEqual([true]);
  });

  test('a blind hub isn’t blind for ever when nobody is left to ask', async () => {
    const { fail, sight, clock } = setup({ names: ['a', 'b', 'c'] });
    await fail('a', 'b', 'c');
    for (const id of ['a', 'b', 'c']) sight.forget(id);
    await clock.advance(10_000);
    expect(sight.isBlind).toBe(false);
  });

  test('a thousand that fail in one second ask one sample', async () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `m${i}`);
    const { fail, asked } = setup({ names });
    await fail(...names.slice(0, 400));
    expect(asked.length).toBe(5);
  });

  test('one that never answers is given up after three seconds', async () => {
    const { sight, clock } = setup({ names: [] });
    const silent = ['a', 'b', 'c'].map((name) => ({
      ...machine(name, () => false),
      retry: (signal: AbortSignal) =>
        new Promise<boolean>((resolve) => signal.addEventListener('abort', () => resolve(false))),
    }));
    for (const target of silent) sight.saw(target);
    const asked = sight.confirm(silent[0]!);
    await clock.advance(3_000);
    expect(await asked).toBe(false);
    const again = sight.confirm(silent[1]!);
    await sight.stop();
    expect(await again).toBe(false);
  });

  test('a stop waits for nobody who is told: storage may hang', async () => {
    const { fail, alarm, sight } = setup();
    alarm.raise = () => new Promise(() => {});
    await fail('a', 'b', 'c');
    expect(sight.isBlind).toBe(true);
    await sight.stop();
  });

  test('never is blind while at most half of those that are asked fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), async (others) => {
        const clock = new TestClock();
        const alarm = new AlarmLog();
        const sight = sightOf(clock, alarm);
        const asker = machine('asker', () => false);
        for (const [i, isUp] of others.entries()) sight.saw(machine(`m${i}`, () => isUp));
        const isBelieved = await sight.confirm(asker);
        const failed = 1 + others.filter((isUp) => !isUp).length;
        const all = others.length + 1;
        expect(isBelieved).toBe(all < 3 || failed <= all / 2);
        expect(alarm.changes.length).toBe(isBelieved ? 0 : 1);
        await sight.stop();
      }),
    );
  });
});

describe('rule 4: machines', () => {
  const down = () => false;

  test('all that is on this machine counts as one', async () => {
    const { sight } = setup({ names: [] });
    const own = ['127.0.0.1', '127.0.0.2', '::1', 'localhost'].map((host) => machine(host, down, host));
    for (const target of own) sight.saw(target);
    sight.saw(machine('far', down));
    expect(await sight.confirm(own[0]!)).toBe(true);
  });

  test('names of one address count as one, where it is known', async () => {
    const clock = new TestClock();
    const lookup = async (name: string) => (name === 'c.example' ? '10.0.0.9' : '10.0.0.8');
    const alarm = new AlarmLog();
    const sight = new HubSight({ clock, alarm, lookup, witnesses: () => [], notifiers: () => [] });
    const targets = ['a', 'b', 'c'].map((name) => machine(name, down));
    for (const target of targets) sight.saw(target);
    await clock.settle();
    expect(await sight.confirm(targets[0]!)).toBe(true);
    await sight.stop();
  });

  test('one that was well speaks for its machine', async () => {
    const { sight, fail } = setup({ names: ['a', 'b'] });
    const ssh = machine('c-ssh', () => true, 'c.example');
    const web = machine('c-web', down, 'c.example');
    for (const target of [web, ssh]) sight.saw(target);
    expect(await fail('a')).toEqual([true]);
  });
});

describe('rule 4: with witnesses', () => {
  test('any that answers proves that the hub sees, whatever fails', async () => {
    const witness = await listener();
    const { fail, asked, alarm } = setup({ witnesses: ['127.0.0.1:1', witness.address] });
    expect(await fail('a', 'b', 'c', 'd', 'e')).toEqual([true, true, true, true, true]);
    expect([asked, alarm.changes]).toEqual([[], []]);
  });

  test('when all fail the hub is blind at once, and sees again when one answers', async () => {
    const witness = await listener();
    await witness.close();
    const { fail, alarm, sight, clock } = setup({ names: ['a'], witnesses: [witness.address] });
    expect(await fail('a')).toEqual([false]);
    expect(alarm.raised[0]).toMatchObject({
      // as all that the hub says of itself
      targetName: 'Guardia',
      address: 'this hub',
      summary: expect.stringContaining(
        `its one witness, ${witness.address}, takes no connection (does it still run?). What fails`,
      ),
    });
    await witness.open();
    const raised = alarm.entries.length;
    await clock.advance(10_000);
    await expect.poll(() => alarm.entries.length).toBe(raised + 1);
    expect([sight.isBlind, alarm.changes]).toEqual([
      false,
      ['raised hub hub_blind', 'cleared hub hub_blind'],
    ]);
    expect(await fail('a')).toEqual([true]);
  });
});

test('an agent or an exporter is asked again by connecting', async () => {
  const { address, close } = await listener();
  const target = connectedTarget({ id: 'srv_a', name: 'web-1', address });
  expect(target).toMatchObject({ id: 'srv_a', name: 'web-1', host: '127.0.0.1' });
  expect(await target.retry!(new AbortController().signal)).toBe(true);
  await close();
  expect(await target.retry!(new AbortController().signal)).toBe(false);
  expect(await target.retry!(AbortSignal.abort())).toBe(false);
  expect(connectedTarget({ id: 'srv_b', name: 'b', address: '[fd00::1]:51243' }).host).toBe('fd00::1');
});

test('an alarm of an earlier run is cleared by the first that answers', async () => {
  const { alarm, sight, targets } = setup();
  expect(alarm.entries).toEqual(['cleared hub hub_blind']);
  sight.saw(targets[0]!);
  expect(alarm.entries.length).toBe(1);
});
