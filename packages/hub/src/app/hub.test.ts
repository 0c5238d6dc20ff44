import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { describe, expect, test } from 'vitest';
import {
  actors,
  get,
  HubBench,
  post,
  restart,
  servers,
  startAgent,
  until,
  untilUp,
} from './test/hub-bench.ts';

const DAY_MS = 86_400_000;
const FAST = { interval: 1, timeout: 0.5 };

async function setup() {
  const bench = new HubBench();
  const agent = await startAgent();
  return { bench, agent, server: { ip: '127.0.0.1', port: agent.port, interval: 1 } };
}

function rows(file: string, sql: string): unknown[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

/** Times of the polls that are in the file, by a sample that every poll has. */
async function storedPolls(bench: HubBench): Promise<number[]> {
  const path = join(bench.folder, 'guardia.series.db');
  const store = await openSeries({ backend: 'sqlite', path, clock: systemClock });
  const times: number[] = [];
  for (const targetId of await store.targets()) {
    const end = systemClock.wall() + 100 * DAY_MS;
    const [column] = await store.raw({ targetId, start: 0, end, keys: ['cpu.usage'] });
    times.push(...(column?.times ?? []));
  }
  await store.close();
  return times;
}

describe('a hub', () => {
  test('polls, shows, and has every frame in its file after a stop', async () => {
    const { bench, agent, server } = await setup();
    const hub = await bench.start({ servers: [server] });
    expect(hub.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const [shown] = await untilUp(hub);
    expect(shown).toMatchObject({ server_id: `127.0.0.1:${agent.port}`, last_poll_error: null });
    expect(await get(hub, '/health')).toMatchObject({ status: 'ok' });
    await hub.stop();
    const frames = bench.events.filter((event) => event.type === 'metric').length;
    expect(await storedPolls(bench)).toHaveLength(frames);
    expect(frames).toBeGreaterThan(0);
    await expect(fetch(hub.url)).rejects.toThrow();
  });

  test('knows after a restart when it last saw a server that is down', async () => {
    const { bench, agent, server } = await setup();
    const hub = await bench.start({ servers: [server] });
    await untilUp(hub);
    await hub.stop();
    await agent.stop();
    const last = (await storedPolls(bench)).at(-1)!;
    const again = await bench.start({ servers: [server, { ip: '127.0.0.1', port: 9 }] });
    const [known, never] = await until('what is stored to be read', async () => {
      const shown = await servers(again);
      return shown[0]!.last_seen !== null && shown;
    });
    expect([known!.last_seen, never!.last_seen]).toEqual([new Date(last).toISOString(), null]);
  });

  test('says what its configuration warns of', async () => {
    const bench = new HubBench();
    const hub = await bench.create({ storage: undefined });
    await hub.start();
    expect(bench.log.find((line) => line.level === 40)?.msg).toMatch(/storage/);
  });

  test('stops once, however often it is told', async () => {
    const { bench, server } = await setup();
    const hub = await bench.start({ servers: [server] });
    const first = hub.stop();
    expect(hub.stop()).toBe(first);
    await first;
    await hub.stop();
    expect(bench.logged(/killed/)).toBeUndefined();
  });

  test('stops whole when it is told while it starts', async () => {
    const { bench, server } = await setup();
    const hub = await bench.create({ servers: [server] });
    const started = hub.start();
    await hub.stop();
    await started;
    await expect(fetch(hub.url)).rejects.toThrow();
    await expect(new HubBench().start({ storage: storageOf(bench) })).resolves.toBeDefined();
  });

  test('does not take the poll that its stop cut off for an unreachable server', async () => {
    const bench = new HubBench();
    const silent = await startAgent(() => ({ type: 'silence' }));
    const limits = { unreachable: { grace: 1 } };
    const hub = await bench.start({
      servers: [{ ip: '127.0.0.1', port: silent.port, interval: 20, limits }],
    });
    const [shown] = await servers(hub);
    const polling = post(hub, `/api/v1/servers/${shown!.target_id}/poll`);
    polling.catch(() => {});
    await silent.received(0);
    await hub.stop();
    expect(rows(join(bench.folder, 'guardia.db'), 'select * from alerts')).toEqual([]);
  });

  test('sends a test message to a notifier, and knows no other', async () => {
    const bench = new HubBench();
    const hook = await startAgent(() => ({ status: 204 }));
    const refusing = await startAgent(() => ({ status: 404 }));
    const alerts = { ops: { webhook: { url: hook.url } }, gone: { webhook: { url: refusing.url } } };
    const hub = await bench.start({ alerts });
    const { status, body } = await post(hub, '/api/v1/notifiers/ops/test');
    expect([status, body]).toMatchObject([200, { delivered: true }]);
    expect(JSON.parse((await hook.received(0)).body)).toMatchObject({ kind: 'test' });
    expect((await post(hub, '/api/v1/notifiers/gone/test')).body).toMatchObject({ delivered: false });
    expect((await post(hub, '/api/v1/notifiers/nobody/test')).status).toBe(404);
  });
});

function storageOf(bench: HubBench): object {
  return { backend: 'sqlite', path: join(bench.folder, 'guardia.db') };
}

describe('a start that fails', () => {
  test('over a taken port names it, and leaves nothing open', async () => {
    const { bench, agent, server } = await setup();
    const hub = await bench.create({ servers: [server] }, agent.port);
    await expect(hub.start()).rejects.toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ message: expect.stringContaining(`${agent.port}`) }),
      }),
    );
    await hub.stop();
    const again = await bench.start({ servers: [server] });
    await untilUp(again);
  });

  test('over files that another hub has open names them, and does not disturb it', async () => {
    const { bench, server } = await setup();
    const first = await bench.start({ servers: [server] });
    const second = await bench.create({ servers: [server] });
    await expect(second.start()).rejects.toThrow(join(bench.folder, 'guardia.db'));
    await second.stop();
    await untilUp(first);
  });
});

describe('a reload', () => {
  test('touches only what changed', async () => {
    const { bench, server } = await setup();
    const [other, third] = [await startAgent(), await startAgent()];
    const changing = { ip: '127.0.0.1', port: other.port, interval: 3600 };
    const hub = await bench.start({ servers: [{ ...server, interval: 3600 }, changing] });
    const before = await actors(hub);
    const [kept, changed] = await servers(hub);
    bench.write({
      servers: [
        { ...server, interval: 3600 },
        { ...changing, display: 'new name' },
        { ip: '127.0.0.1', port: third.port, interval: 1 },
      ],
      services: [{ name: 'ping', url: third.url, ...FAST }],
    });
    const { body } = await post(hub, '/-/reload');
    expect(body).toMatchObject({
      changes: [
        `servers added: 127.0.0.1:${third.port}`,
        `servers changed: 127.0.0.1:${other.port}`,
        'services added: ping',
      ],
    });
    const after = await actors(hub);
    const touched = (id: string) => {
      const path = `/hub/collectors/${id}`;
      return [after.get(path)!.restarts, after.get(path)!.processed - before.get(path)!.processed];
    };
    expect(touched(kept!.target_id)).toEqual([0, 0]);
    expect(touched(changed!.target_id)).toEqual([0, 1]);
    const now = await servers(hub);
    expect(now.map((shown) => shown.target_id).slice(0, 2)).toEqual([kept!.target_id, changed!.target_id]);
    expect(now[1]).toMatchObject({ display_name: 'new name' });
    await until('the service to be checked', async () => {
      const { services } = await get<{ services: { status: string }[] }>(hub, '/services');
      return services[0]?.status === 'up';
    });
    expect(bench.events).toContainEqual(expect.objectContaining({ type: 'actor', what: 'reloaded' }));
  });

  test('with a wrong configuration changes nothing and says why', async () => {
    const { bench, server } = await setup();
    const hub = await bench.start({ servers: [server] });
    const before = await servers(hub);
    bench.write({
      servers: [
        { ...server, interval: 'soon' },
        { ip: '127.0.0.1', port: 9 },
      ],
    });
    const answer = await hub.reload();
    expect(answer).toMatchObject({ type: 'refused', problems: [{ path: 'servers[0].interval' }] });
    expect((await servers(hub)).map((shown) => shown.target_id)).toEqual(
      before.map((shown) => shown.target_id),
    );
    bench.write({ servers: [server] });
    expect(await hub.reload()).toEqual({ type: 'reloaded', changes: ['nothing changed'] });
  });

  test('takes a server away and gives it back with its id', async () => {
    const { bench, server } = await setup();
    const hub = await bench.start({ servers: [server] });
    const [before] = await servers(hub);
    bench.write({ servers: [] });
    await hub.reload();
    expect(await servers(hub)).toEqual([]);
    bench.write({ servers: [server] });
    await hub.reload();
    expect((await untilUp(hub))[0]?.target_id).toBe(before?.target_id);
  });

  test('takes new tokens and a new retention at once', async () => {
    const { bench } = await setup();
    const hub = await bench.start({});
    const storage = { ...storageOf(bench), retention_days: 1, cleanup_interval_hours: 1 };
    bench.write({ storage, api: { auth_token: 'correct-horse' } });
    expect(await hub.reload()).toEqual({
      type: 'reloaded',
      changes: [expect.stringMatching(/^api changed/), expect.stringMatching(/^storage changed/)],
    });
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${hub.url}/api/v1/servers`, { headers })).status;
    expect([await status({}), await status({ authorization: 'Bearer correct-horse' })]).toEqual([401, 200]);
  });

  test('keeps its address until the next start, though the API begins anew', async () => {
    const { bench } = await setup();
    const hub = await bench.start({});
    const { url } = hub;
    bench.write({ api: { bind: '127.0.0.2', enable_cors: true } });
    expect(await hub.reload()).toMatchObject({
      changes: ['api changed: bind, enableCors', 'api.bind takes effect at the next start'],
    });
    // the API drops the connection of whoever restarts it
    await restart(hub, 'hub/api').catch(() => {});
    await until('the API to answer', async () => {
      const answer = await fetch(`${hub.url}/-/healthy`, {
        headers: { origin: 'http://page.example' },
      }).catch(() => undefined);
      return answer?.headers.get('access-control-allow-origin') === '*';
    });
    expect(new URL(hub.url).hostname).toBe(new URL(url).hostname);
  });

  test('sets the retention for every life of the storage actor', async () => {
    const { bench, server } = await setup();
    let aheadMs = 0;
    bench.clock = { ...systemClock, wall: () => systemClock.wall() + aheadMs };
    const storage = storageOf(bench);
    const hub = await bench.start({ storage: { ...storage, retention_days: 1 }, servers: [server] });
    await untilUp(hub);
    const jumpAt = bench.clock.wall() + DAY_MS;
    bench.write({ storage: { ...storage, retention_days: 30 }, servers: [server] });
    await hub.reload();
    aheadMs = 2 * DAY_MS;
    // Without a sample by the new time the clock would be in doubt.
    const polls = (await servers(hub))[0]!.polls;
    await until('two polls after the jump', async () => (await servers(hub))[0]!.polls > polls + 1);
    expect(await restart(hub, 'hub/storage')).toBe(200);
    await until('a clean-up after the jump', () => {
      const line = bench.log.findLast(({ msg }) => msg === 'clean-up done');
      return line !== undefined && Number(line.at) > jumpAt;
    });
    await hub.stop();
    expect((await storedPolls(bench)).some((at) => at < jumpAt)).toBe(true);
  });

  test('waits for the start, and for the reload before it', async () => {
    const { bench, server } = await setup();
    const hub = await bench.create({});
    const started = hub.start();
    bench.write({ servers: [server] });
    const reload = async () => {
      const answer = await hub.reload();
      return { listening: hub.url !== '', changes: answer.type === 'reloaded' && answer.changes };
    };
    const both = await Promise.all([reload(), reload()]);
    await started;
    expect(both).toEqual([
      { listening: true, changes: [`servers added: 127.0.0.1:${server.port}`] },
      { listening: true, changes: ['nothing changed'] },
    ]);
    await untilUp(hub);
  });
});

describe('a restart over the API', () => {
  test('of a collector begins a new life of it alone', async () => {
    const { bench, server } = await setup();
    const hub = await bench.start({ servers: [server, { ip: '127.0.0.1', port: 9, interval: 1 }] });
    const [one, two] = await servers(hub);
    expect(await restart(hub, `hub/collectors/${one!.target_id}`)).toBe(200);
    const after = await actors(hub);
    expect(after.get(`/hub/collectors/${one!.target_id}`)?.restarts).toBe(1);
    expect(after.get(`/hub/collectors/${two!.target_id}`)?.restarts).toBe(0);
    await until('the server to be up', async () => (await servers(hub))[0]?.health_status === 'up');
  });

  test.each(['collectors', 'services', 'alerts', 'storage'])('of /hub/%s loses nothing', async (part) => {
    const { bench, agent, server } = await setup();
    const services = [{ name: 'ping', url: agent.url, ...FAST }];
    const hub = await bench.start({ servers: [server], services });
    await untilUp(hub);
    expect(await restart(hub, `hub/${part}`)).toBe(200);
    const asked = agent.requests.length;
    await until('polls and checks to go on', () => {
      const paths = agent.requests.slice(asked).map((request) => request.path);
      return paths.includes('/metrics') && paths.includes('/');
    });
    await untilUp(hub);
    expect((await actors(hub)).get(`/hub/${part}`)?.restarts).toBe(1);
  });

  test('of nobody is refused', async () => {
    const { bench } = await setup();
    const hub = await bench.start({});
    expect([await restart(hub, 'hub/nobody'), await restart(hub, 'hub')]).toEqual([404, 409]);
  });
});
