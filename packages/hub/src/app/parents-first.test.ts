// Rule 10 where parent and child fail at once: who is looked at, how often, and for how long that is waited for; then what a
// whole hub makes of it.
import { TestClock } from '@guardia/kernel';
import { freePort } from '@guardia/testing';
import { expect, test } from 'vitest';
import { ParentsFirst } from './parents-first.ts';
import { get, HubBench, startAgent, until } from './test/hub-bench.ts';

const TARGETS = [
  { id: 'svc_router', dependsOn: [], intervalMs: 10_000 },
  { id: 'srv_host', dependsOn: ['svc_router'], intervalMs: 10_000 },
  { id: 'svc_shop', dependsOn: ['srv_host', 'svc_router'], intervalMs: 10_000 },
];

function setup() {
  const clock = new TestClock();
  const looks: { id: string; end: () => void; fail: () => void }[] = [];
  const parents = new ParentsFirst({
    clock,
    look: (id) =>
      new Promise<void>((end, reject) => looks.push({ id, end, fail: () => reject(new Error(id)) })),
  });
  parents.configure(TARGETS);
  const asked = () => looks.map(({ id }) => id);
  /** Whether the failure of the shop is judged by now. */
  const fails = (status: 'down' | 'degraded' = 'down') => {
    const state = { isJudged: false };
    void parents.beforeFailure('svc_shop', status).then(() => {
      state.isJudged = true;
    });
    return state;
  };
  return { clock, parents, looks, asked, fails };
}

test('rule 10: each parent is looked at first, also one that can not be', async () => {
  const { clock, looks, asked, fails } = setup();
  const shop = fails();
  expect(asked()).toEqual(['srv_host', 'svc_router']);
  looks[0]!.end();
  await clock.settle();
  expect(shop.isJudged).toBe(false);
  looks[1]!.fail();
  await clock.settle();
  expect(shop.isJudged).toBe(true);
});

test('rule 10: what depends on nothing waits for nothing', async () => {
  const { parents, asked } = setup();
  await parents.beforeFailure('svc_router', 'down');
  await parents.beforeFailure('svc_gone', 'down');
  expect(asked()).toEqual([]);
});

test('rule 10: one look answers for all children of a second', async () => {
  const { clock, looks, asked, fails } = setup();
  fails();
  await clock.advance(3_000);
  fails();
  expect(asked()).toHaveLength(2);
  for (const { end } of looks) end();
  await clock.settle();
  fails();
  expect(asked()).toHaveLength(4);
  for (const { end } of looks) end();
  await clock.advance(900);
  expect(fails()).toEqual({ isJudged: false });
  expect(asked()).toHaveLength(4);
});

test('rule 10: what fails on and on has nobody looked at more often', async () => {
  const { clock, parents, looks, asked, fails } = setup();
  const again = async (times: number, status?: 'down' | 'degraded') => {
    const before = asked().length;
    for (let i = 0; i < times; i += 1) {
      fails(status);
      for (const { end } of looks) end();
      await clock.advance(1_000);
    }
    return (asked().length - before) / 2;
  };
  expect(await again(50, 'degraded')).toBe(10);
  expect(await again(3, 'down')).toBe(3);
  parents.passed('svc_shop');
  expect(await again(50, 'down')).toBe(10);
});

test('rule 17: a parent that never answers holds up a judgement for half an interval, and no stop', async () => {
  const { clock, parents, fails } = setup();
  const shop = fails();
  await clock.advance(4_999);
  expect(shop.isJudged).toBe(false);
  await clock.advance(1);
  expect(shop.isJudged).toBe(true);
  const again = fails();
  parents.stop();
  await clock.settle();
  expect([again.isJudged, fails().isJudged]).toEqual([true, false]);
  await clock.settle();
});

test('rule 10: in a whole hub the parent alone is told, whichever of them is checked first', async () => {
  const hook = await startAgent(() => ({}));
  const port = await freePort();
  const url = `tcp://127.0.0.1:${port}`;
  const bench = new HubBench();
  const names = ['a', 'b', 'c', 'd', 'e'];
  const policy = { interval: 3600, timeout: 2, grace: 1, alert: 'ops' };
  const hub = await bench.start({
    alerts: { ops: { webhook: { url: hook.url }, group_wait: 0 } },
    services: [
      { name: 'router', url, ...policy },
      ...names.map((name) => ({ name, url, ...policy, depends_on: ['router'] })),
    ],
  });
  for (const name of names) await fetch(`${hub.url}/api/v1/services/${name}/check`, { method: 'POST' });
  const { alerts } = await get<{ alerts: { target_name: string; held: unknown }[] }>(hub, '/alerts');
  const told = alerts.filter(({ held }) => held === null).map((alert) => alert.target_name);
  expect([told, alerts.length]).toEqual([['router'], 1 + names.length]);
  await until('the page', () => hook.requests.length > 0);
  expect(hook.requests).toHaveLength(1);
});
