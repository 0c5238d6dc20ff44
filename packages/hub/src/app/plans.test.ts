// What people planned, through a whole hub: silences, mutes and maintenance are on the time line, and the past of an uptime
// stays as it was when the configuration changes.
import { expect, test } from 'vitest';
import { get, HubBench, post, until } from './test/hub-bench.ts';

/** On port 9 nothing answers. */
const SHOP = { name: 'shop', type: 'tcp', url: 'tcp://127.0.0.1:9', interval: '1d', tags: ['web'] };

/** Has begun, and lasts on. */
const patches = () => ({
  name: 'patch day',
  match: { tag: 'web' },
  cron: `${new Date().getUTCMinutes()} * * * *`,
  duration: '50m',
});

interface Entry {
  readonly type: string;
  readonly summary: string;
}

const PLANS = ['silence', 'maintenance'];

async function plansOf(hub: Parameters<typeof get>[0], target = ''): Promise<readonly string[]> {
  const { timeline } = await get<{ timeline: readonly Entry[] }>(hub, `/timeline?limit=50${target}`);
  return timeline.filter(({ type }) => PLANS.includes(type)).map(({ summary }) => summary);
}

test('rule 11: who asks why nobody was told finds it on the time line, of the hub and of each target', async () => {
  const bench = new HubBench();
  const hub = await bench.start({ services: [SHOP], maintenance: [patches()] });
  const send = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${hub.url}/api/v1${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return (await answer.json()) as { id: string };
  };
  const who = { author: 'ana', ends_at: '2999-01-01T14:00:00Z', starts_at: '2998-12-31T14:00:00Z' };
  const db = { match: { target: 'db-*' }, reason: 'new disk', ...who };
  const { id } = await send('POST', '/silences', db);
  await send('DELETE', `/silences/${id}`);
  await send('POST', '/alerts/mute', { author: 'ana', reason: 'drill', duration: '1h' });
  await send('DELETE', '/alerts/mute');
  bench.write({ services: [SHOP] });
  await hub.reload();
  const all = await until('all of it', async () => {
    const found = await plansOf(hub);
    return found.length === 6 && found;
  });
  expect(all).toEqual([
    'patch day is over',
    expect.stringMatching(/ ended the mute: drill$/),
    expect.stringMatching(/^ana muted all alerts until .*UTC: drill$/),
    expect.stringMatching(/ ended the silence of target db-\*: new disk$/),
    'ana silenced target db-* from 2998-12-31 14:00 UTC until 2999-01-01 14:00 UTC: new disk',
    'patch day began: tag web',
  ]);
  expect(await plansOf(hub, '&target=shop')).toEqual([all[0], all[1], all[2], all[5]]);
  expect(await plansOf(hub, '&target=hub')).toEqual(all);
});

test('rule 5: a report of the past is the same whatever maintenance is configured now', async () => {
  const bench = new HubBench();
  const hub = await bench.start({ services: [SHOP], maintenance: [patches()] });
  const since = new Date(Date.now() - 60_000).toISOString();
  const uptime = () => get<{ total_checks: number }>(hub, `/services/shop/uptime?since=${since}`);
  expect(await post(hub, '/api/v1/services/shop/check')).toMatchObject({ status: 200 });
  expect(await uptime()).toMatchObject({ total_checks: 0 });
  bench.write({ services: [SHOP] });
  await hub.reload();
  expect(await uptime()).toMatchObject({ total_checks: 0 });
});
