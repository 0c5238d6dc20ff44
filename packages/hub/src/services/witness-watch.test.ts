// Rule 4: witnesses that are wrong are named before they are needed. Ports are real, open and closed; time is virtual.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { TestClock } from '@guardia/kernel';
import { freePort } from '@guardia/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AlarmLog, machine, sightOf } from './test/setup.ts';
import { WitnessWatch } from './witness-watch.ts';

async function listener() {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    await once(server, 'close');
  });
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function setup(...given: readonly string[]) {
  const clock = new TestClock();
  const wrong = `127.0.0.1:${await freePort()}`;
  let witnesses = [wrong, ...given];
  const sight = sightOf(clock, new AlarmLog(), witnesses);
  const warnings: string[] = [];
  const watch = new WitnessWatch({
    clock,
    sight,
    witnesses: () => witnesses,
    warn: (text) => warnings.push(text),
  });
  onTestFinished(async () => {
    await watch.stop();
    await sight.stop();
  });
  const target = machine('shop', () => false);
  return {
    clock,
    sight,
    watch,
    wrong,
    warnings,
    target,
    configure: (...next: readonly string[]) => {
      witnesses = [...next];
    },
    /** So much time with a target that answers, unless it doesn't; then another try. */
    pass: async (minutes: number, answers = true) => {
      await clock.advance(minutes * 60_000);
      if (answers) sight.saw(target);
      await watch.look();
    },
  };
}

describe('rule 4: a witness that never answers', () => {
  test('is named once, after three tries in ten minutes, and no longer when it is corrected', async () => {
    const right = await listener();
    const { watch, pass, warnings, wrong, configure } = await setup(right.address);
    await watch.look();
    await pass(5);
    expect([warnings, watch.message]).toEqual([[], null]);
    await pass(5);
    await pass(5);
    expect(warnings).toEqual([
      `the witness ${wrong} has taken no connection for 10 minutes, though targets answer: where no other does, a real ` +
        'failure would be taken for blindness, and nobody would be paged. See that it runs, or correct witnesses in the ' +
        'configuration',
    ]);
    expect(watch.message).toBe(`no connection is taken by ${wrong}, though targets answer`);
    configure(right.address);
    await watch.look();
    expect(watch.message).toBeNull();
  });

  test('is not named for a reload or two, however many tries that makes', async () => {
    const { watch, pass, warnings } = await setup();
    await watch.look();
    for (let i = 0; i < 5; i++) await pass(1);
    expect(warnings).toEqual([]);
  });

  test('is not named while no target answers either', async () => {
    const { watch, pass, warnings } = await setup();
    await watch.look();
    await pass(5, false);
    await pass(10, false);
    expect(warnings).toEqual([]);
    await pass(5);
    expect(warnings).toHaveLength(1);
  });

  test('is not named for what was while the hub was blind', async () => {
    const { sight, watch, pass, warnings, target } = await setup();
    sight.saw(target);
    await watch.look();
    expect(await sight.confirm(target)).toBe(false);
    expect(sight.isBlind).toBe(true);
    await pass(60, false);
    expect(warnings).toEqual([]);
    await pass(5);
    await pass(5);
    expect([sight.isBlind, warnings]).toEqual([false, []]);
    await pass(5);
    expect(warnings).toHaveLength(1);
  });

  test('that answers in between is counted anew', async () => {
    const { watch, pass, warnings, wrong } = await setup();
    await watch.look();
    await pass(5);
    const server = createServer((socket) => socket.destroy()).listen(
      Number(wrong.split(':')[1]),
      '127.0.0.1',
    );
    await once(server, 'listening');
    await pass(5);
    server.close();
    await once(server, 'close');
    await pass(5);
    await pass(5);
    expect(warnings).toEqual([]);
  });
});

test('rule 4: witnesses are tried by themselves every five minutes', async () => {
  const { server, address } = await listener();
  const { watch, clock } = await setup(address);
  await watch.look();
  const again = once(server, 'connection');
  await clock.advance(300_000);
  await again;
});
