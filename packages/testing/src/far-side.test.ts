import { Agent, get } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { type FarSide, type FarSideScript, startFarSide } from './far-side.ts';

const started: FarSide[] = [];
async function setup(script?: FarSideScript): Promise<FarSide> {
  const farSide = await startFarSide(script === undefined ? {} : { script });
  started.push(farSide);
  return farSide;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((farSide) => farSide.stop()));
});

test('records requests and answers by script', async () => {
  const farSide = await setup((_, index) => ({
    status: 200 + index,
    headers: { 'x-n': `${index}` },
    body: 'hi',
  }));
  const arrival = farSide.received(1);
  await fetch(`${farSide.url}/a?b=c`);
  const answer = await fetch(farSide.url, { method: 'POST', body: 'text', headers: { 'x-key': 'v' } });
  expect([answer.status, answer.headers.get('x-n'), await answer.text()]).toEqual([201, '1', 'hi']);
  expect(farSide.requests.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['GET', '/a?b=c', ''],
    ['POST', '/', 'text'],
  ]);
  expect((await arrival).headers['x-key']).toBe('v');
  expect((await farSide.received(0)).path).toBe('/a?b=c');
  expect(farSide.connections).toBeGreaterThan(0);
});

test('sees the end of a connection that carried many requests', async () => {
  const farSide = await setup();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let n = 0; n < 20; n++) await askOn(agent, farSide.url);
  expect(farSide.connections).toBe(1);
  expect(new Set(farSide.requests.map(({ closed }) => closed)).size).toBe(1);
  agent.destroy();
  await farSide.requests[0]!.closed;
});

function askOn(agent: Agent, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => answer.resume().once('end', resolve)).once('error', reject);
  });
}

test('answers 200 with nothing when there is no script', async () => {
  const farSide = await setup();
  const answer = await fetch(farSide.url);
  expect([answer.status, await answer.text()]).toEqual([200, '']);
});

test('closes the connection, and sends what is no HTTP', async () => {
  const closing = await setup(() => ({ type: 'close' }));
  const talking = await setup(() => ({ type: 'raw', text: 'SSH-2.0-OpenSSH\r\n' }));
  await expect(fetch(closing.url)).rejects.toThrow();
  await expect(fetch(talking.url)).rejects.toThrow();
});

test('stays silent until the other side gives up, and then sees it', async () => {
  const farSide = await setup(() => ({ type: 'silence' }));
  const giveUp = new AbortController();
  const asked = fetch(farSide.url, { signal: giveUp.signal });
  const request = await farSide.received(0);
  giveUp.abort();
  await expect(asked).rejects.toThrow();
  await request.closed;
});

test('streams an endless body until the other side has enough', async () => {
  let pulled = 0;
  function* endless() {
    for (;;) {
      pulled += 1;
      yield Buffer.alloc(65_536);
    }
  }
  const farSide = await setup(() => ({ body: endless() }));
  const answer = await fetch(farSide.url);
  const reader = answer.body!.getReader();
  expect((await reader.read()).value!.length).toBeGreaterThan(0);
  await reader.cancel();
  await (await farSide.received(0)).closed;
  expect(pulled).toBeGreaterThan(0);
});

test('stops twice, with a request still open', async () => {
  const farSide = await setup(() => ({ type: 'silence' }));
  const asked = fetch(farSide.url).catch((error: Error) => error);
  await farSide.received(0);
  await farSide.stop();
  await farSide.stop();
  expect(await asked).toBeInstanceOf(Error);
});
