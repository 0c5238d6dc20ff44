import { systemClock } from '@guardia/kernel';
import { describe, expect, test } from 'vitest';
import { actors, get, HubBench, post, servers, startAgent, until } from './test/hub-bench.ts';

describe('a collector that crashes', () => {
  test('starts again alone, and the hub goes on', async () => {
    const bench = new HubBench();
    // A clock that gives half milliseconds breaks a promise: series refuses such a frame with a RangeError. Once, so that
    // the new life doesn't crash as well when its first poll is late.
    let isBroken = false;
    const crashed = () => bench.logged(/actor crashed/);
    bench.clock = { ...systemClock, wall: () => systemClock.wall() + (isBroken && !crashed() ? 0.5 : 0) };
    const quiet = await startAgent();
    const breaking = await startAgent();
    const hub = await bench.start({
      servers: [
        { ip: '127.0.0.1', port: breaking.port, interval: 1 },
        { ip: '127.0.0.1', port: quiet.port, interval: 3600 },
      ],
    });
    const [one, two] = await servers(hub);
    isBroken = true;
    // A poll on demand carries the time at which it began, unless it joins one that is under way.
    const crash = await until('the crash', async () => {
      await post(hub, `/api/v1/servers/${one!.target_id}/poll`);
      return crashed();
    });
    expect(crash).toMatchObject({ path: `/hub/collectors/${one!.target_id}`, err: { message: /frame\.at/ } });
    const asked = breaking.requests.length;
    await breaking.received(asked);
    const after = await actors(hub);
    expect(after.get(`/hub/collectors/${one!.target_id}`)?.restarts).toBe(1);
    expect(after.get(`/hub/collectors/${two!.target_id}`)?.restarts).toBe(0);
    await until('it to be up', async () => (await servers(hub))[0]?.last_poll_error === null);
  });
});

describe('a database that fails for good', () => {
  async function setup(hookAnswers: Promise<void>) {
    const bench = new HubBench();
    const agent = await startAgent();
    const hook = await startAgent(async () => {
      await hookAnswers;
      return {};
    });
    // Whoever can't be reached makes alerts write with each poll.
    const gone = {
      ip: '127.0.0.1',
      port: 9,
      interval: 1,
      limits: { unreachable: { grace: 100, alert: 'ops' } },
    };
    const hub = await bench.start({
      alerts: { ops: { webhook: { url: hook.url } } },
      servers: [gone, { ip: '127.0.0.1', port: agent.port, interval: 1 }],
    });
    await until('a poll', async () => (await servers(hub)).every((server) => server.polls > 0));
    return { bench, hub, hook };
  }

  test.each([
    ['state', 0],
    ['series', 1],
  ])('ends the hub, and everyone is told (%s)', async (name, index) => {
    const { bench, hub, hook } = await setup(Promise.resolve());
    await bench.workers[index]!.terminate();
    const failure = await hub.failed;
    expect(failure).toBeInstanceOf(Error);
    const notice = JSON.parse((await hook.received(0)).body) as { text: string; alert: object };
    expect(notice.text).toMatch(/can't write its database/);
    expect(notice.text).toContain(name === 'state' ? 'guardia.db' : 'guardia.series.db');
    expect(notice.alert).toMatchObject({ severity: 'critical', target_name: 'Guardia' });
    expect(bench.log.filter((line) => line.msg === 'storage failed')).toHaveLength(1);
    await hub.stop().catch(() => {});
    expect(hook.requests).toHaveLength(1);
  });

  test('gives notifiers the time to be told, though everything else has given up', async () => {
    const gate = Promise.withResolvers<void>();
    const { bench, hub, hook } = await setup(gate.promise);
    let isOver = false;
    void hub.failed.then(() => {
      isOver = true;
    });
    await Promise.all(bench.workers.map((worker) => worker.terminate()));
    await hook.received(0);
    // by then both databases have said that they failed
    await until('the alert engine to give up', () =>
      bench.logged(/actor crashed/, '/hub/alerts/alert-engine'),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    gate.resolve();
    await hub.failed;
    expect(hook.requests).toHaveLength(1);
  });

  test('shows in the health of the hub until it ends', async () => {
    const gate = Promise.withResolvers<void>();
    const { bench, hub, hook } = await setup(gate.promise);
    expect(await get(hub, '/health')).toMatchObject({ status: 'ok' });
    await bench.workers[1]!.terminate();
    await hook.received(0);
    const health = await fetch(`${hub.url}/api/v1/health`);
    expect(await health.json()).toMatchObject({ status: 'failing' });
    expect((await fetch(`${hub.url}/-/ready`)).ok).toBe(false);
    gate.resolve();
    await hub.failed;
  });

  test('is not told when it goes because the hub stops', async () => {
    const { bench, hub, hook } = await setup(Promise.resolve());
    const stopped = hub.stop();
    await Promise.all(bench.workers.map((worker) => worker.terminate()));
    await stopped.catch(() => {});
    expect(hook.requests).toHaveLength(0);
    expect(bench.logged(/storage failed/)).toBeUndefined();
  });
});
