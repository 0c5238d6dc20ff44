import { serverAlias } from '@guardia/model';
import { describe, expect, test } from 'vitest';
import { UnknownTarget } from './fleet.ts';
import { CollectorBench, ID, INTERVAL_MS, OTHER, otherConfig, serverConfig } from './test/bench.ts';

describe('a fleet', () => {
  test('knows its servers by id and by alias', async () => {
    const bench = await CollectorBench.open();
    const v6 = otherConfig({ ip: 'fd00::1', alias: serverAlias('fd00::1', 51243) });
    await bench.fleet.apply([
      { id: ID, config: serverConfig() },
      { id: OTHER, config: v6 },
    ]);
    const { fleet } = bench;
    expect(fleet.list().map((record) => record.id)).toEqual([ID, OTHER]);
    expect(fleet.find(ID)).toBe(fleet.find('10.0.0.5:51243'));
    expect(fleet.find('[fd00::1]:51243')?.id).toBe(OTHER);
    expect([fleet.find('10.0.0.9:51243'), fleet.find('srv_nobody')]).toEqual([undefined, undefined]);
  });

  test('shows a server that was not polled yet as unknown', async () => {
    const bench = await CollectorBench.open();
    const record = await bench.watch();
    expect(record).toMatchObject({
      id: ID,
      alias: '10.0.0.5:51243',
      displayName: 'web-1',
      owner: 'file',
      monitoringStatus: 'active',
      intervalMs: INTERVAL_MS,
      health: 'unknown',
      lastSeen: null,
      lastPollMs: null,
      polls: 0,
    });
    expect(record.latestMetrics()).toBeNull();
  });

  test('touches only what changed', async () => {
    const bench = await CollectorBench.open();
    await bench.fleet.apply([
      { id: ID, config: serverConfig() },
      { id: OTHER, config: otherConfig() },
    ]);
    await bench.advance(INTERVAL_MS);
    const [same, changed] = [bench.record(ID), bench.record(OTHER)];
    const processed = (id: string) => bench.system.inspect(`/collectors/${id}`)!.processed;
    const before = [processed(ID), processed(OTHER)];
    await bench.fleet.apply([
      { id: ID, config: serverConfig() },
      { id: OTHER, config: otherConfig({ token: 'new' }) },
    ]);
    await bench.clock.settle();
    expect([processed(ID) - before[0]!, processed(OTHER) - before[1]!]).toEqual([0, 1]);
    expect([bench.incarnation(ID), bench.incarnation(OTHER)]).toEqual([1, 1]);
    expect(bench.record(ID)).toBe(same);
    expect(bench.record(OTHER)).toBe(changed);
    expect(changed.config.token).toBe('new');
  });

  test('stops and forgets what was removed, and starts it anew when it comes back', async () => {
    const bench = await CollectorBench.open();
    const record = await bench.watchFirstPoll();
    await bench.fleet.apply([{ id: OTHER, config: otherConfig() }]);
    expect(bench.fleet.find(ID)).toBeUndefined();
    expect(bench.fleet.find(record.alias)).toBeUndefined();
    expect(bench.system.find(`/collectors/${ID}`)).toBeUndefined();
    await expect(bench.fleet.pollNow(ID)).rejects.toThrow(UnknownTarget);
    await bench.fleet.apply([{ id: ID, config: serverConfig() }]);
    await bench.advance(INTERVAL_MS - 1);
    expect(bench.record(ID).polls).toBe(1);
    expect(bench.fleet.list()).toHaveLength(1);
  });

  test('starts again what was lost with its supervisor', async () => {
    const bench = await CollectorBench.open();
    const servers = [{ id: ID, config: serverConfig() }];
    await bench.fleet.apply(servers);
    await bench.tier.ask({ type: 'StopChild', id: ID });
    await bench.fleet.apply(servers);
    await bench.advance(INTERVAL_MS);
    expect(bench.asked).toHaveLength(1);
    expect(await bench.fleet.pollNow(ID)).toMatchObject({ ok: true });
  });

  test('waits for a poll on demand no longer than the poll may take and five seconds', async () => {
    const bench = await CollectorBench.open();
    bench.reply = null;
    await bench.watch(serverConfig({ timeoutMs: 2_000 }));
    const refused = expect(bench.fleet.pollNow(ID)).rejects.toThrow(/7000|7 s/);
    await bench.advance(7_000);
    await refused;
  });
});
