// The monitor's main job with real processes: an agent reads this machine, a hub polls it, a limit breaks, someone
// is told, and a restart forgets nothing.
import { farSide } from './far-side.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { type HubSettings, startHub } from './hub.ts';
import { Bench, freePort, until } from './programs.ts';

const SECRET = 'agent-secret-1';

let bench: Bench;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await bench.close();
  for (const close of closing.splice(0)) await close();
});

async function setup() {
  bench = new Bench();
  const agent = await bench.agent(SECRET);
  const hook = await farSide();
  closing.push(hook.close);
  const server = { ip: '127.0.0.1', port: agent.port, display: 'box', token: SECRET, interval: 1 };
  return { agent, hook, server, alias: `127.0.0.1:${agent.port}` };
}

interface Servers {
  servers: {
    server_id: string;
    health_status: string;
    latest_metrics: { memory: { total: number } } | null;
  }[];
}
interface Metrics {
  metrics: { timestamp: string; cpu_avg: number | null; memory_used: number; memory_total: number }[];
  count: number;
}

describe('monitoring this machine', () => {
  it('shows live readings, keeps them, and has them after a restart', async () => {
    const { server, alias } = await setup();
    const port = await freePort();
    const hub = await startHub(bench, { servers: [server] }, port);
    const path = `/servers/${encodeURIComponent(alias)}/metrics`;
    const before = await until('three frames', async () => {
      const answer = await hub.get<Metrics>(path);
      return answer.count >= 3 ? answer : null;
    });
    const { servers } = await hub.get<Servers>('/servers');
    expect(servers).toMatchObject([{ server_id: alias, health_status: 'up' }]);
    const memoryTotal = servers[0]!.latest_metrics!.memory.total;
    expect(before.metrics[0]!.memory_total).toBe(memoryTotal);
    expect((await hub.program.stop()).code).toBe(0);
    const again = await startHub(bench, { servers: [server] }, port);
    const after = await again.get<Metrics>(path);
    const kept = new Set(after.metrics.map((point) => point.timestamp));
    for (const point of before.metrics) expect(kept).toContain(point.timestamp);
  });

  it('tells a broken limit once, over a restart in between', async () => {
    const { server, hook } = await setup();
    const port = await freePort();
    const settings = (limit: number): HubSettings => ({
      servers: [{ ...server, limits: { memory: { limit, grace: 2, alert: 'hook', severity: 'critical' } } }],
      alerts: { hook: { webhook: { url: hook.url } } },
    });
    const first = await startHub(bench, settings(0.01), port);
    const fired = await until('the alert to arrive', () => hook.bodies[0]);
    expect(fired).toMatchObject({ event: 'alert_fired' });
    await first.program.stop();
    const second = await startHub(bench, settings(0.01), port);
    await until('two more polls', async () => {
      const { servers } = await second.get<{ servers: { polls: number }[] }>('/servers');
      return servers[0]!.polls >= 3;
    });
    expect(await second.get('/alerts?state=firing')).toMatchObject({ count: 1 });
    expect(hook.bodies.length).toBe(1);
  });

  it('tells that a server is gone, and that it is back', async () => {
    const { server, hook, agent } = await setup();
    const unreachable = { grace: 2, alert: 'hook' };
    const hub = await startHub(bench, {
      servers: [{ ...server, limits: { unreachable } }],
      alerts: { hook: { webhook: { url: hook.url } } },
    });
    await until('the server to be up', async () => {
      const { servers } = await hub.get<Servers>('/servers');
      return servers[0]!.health_status === 'up';
    });
    await agent.program.stop();
    const gone = await until('the alert', () => hook.bodies[0]);
    expect(JSON.stringify(gone)).toContain('connection refused');
    const { servers } = await hub.get<Servers>('/servers');
    expect(servers[0]!.health_status).toBe('down');
    const args = ['agent', '--addr', '127.0.0.1', '--port', String(agent.port)];
    bench.guardia(args, { AGENT_SECRET: SECRET });
    const back = await until('the recovery', () => hook.bodies[1]);
    expect(back).toMatchObject({ event: 'alert_resolved' });
  });

  it('checks a service, and says what is wrong with it', async () => {
    const { agent, server } = await setup();
    const url = `http://127.0.0.1:${agent.port}`;
    const hub = await startHub(bench, {
      servers: [server],
      services: [
        { name: 'ping', url: `${url}/ping`, interval: 60, timeout: 30 },
        { name: 'wrong', url: `${url}/nothing`, interval: 60, timeout: 30 },
      ],
    });
    for (const name of ['ping', 'wrong']) await hub.post(`/api/v1/services/${name}/check`);
    interface Checks {
      checks: { status: string; http_status_code: number; error_message: string | null }[];
    }
    const up = await until('a check', async () => {
      const { checks } = await hub.get<Checks>('/services/ping/checks');
      return checks[0];
    });
    expect(up).toMatchObject({ status: 'up', http_status_code: 200, error_message: null });
    const down = await until('a check', async () => {
      const { checks } = await hub.get<Checks>('/services/wrong/checks');
      return checks[0];
    });
    expect(down).toMatchObject({ status: 'down', http_status_code: 404 });
    expect(down.error_message).toMatch(/404/);
    const uptime = await hub.get('/services/wrong/uptime');
    expect(uptime).toMatchObject({ service_name: 'wrong', uptime_percentage: 0 });
  });
});
