// The stream over real WebSockets: who may connect, what flows, what is refused, who is cut.
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { TestClock } from '@guardia/kernel';
import type { HubEvent } from '@guardia/model';
import { describe, expect, it, onTestFinished } from 'vitest';
import { alert, check, delivery, T0 } from '../test/hub-parts.ts';
import { type Listener, listen } from '../test/listener.ts';
import { READ, setup, TOKENS } from '../test/setup.ts';
import { EncodedEvent } from './encode.ts';

const AT = '2026-03-01T12:00:00.000Z';
const FIRST = T0 * 1_000;

function metric(targetId: string, cpu = 5): HubEvent {
  const layout = { keys: ['cpu.usage', 'load.one'] };
  return {
    type: 'metric',
    at: T0,
    targetId,
    frame: { targetId, at: T0, layout, values: Float64Array.of(cpu, NaN) },
  };
}

const actorEvent: HubEvent = {
  type: 'actor',
  at: T0,
  path: '/collect/web-1',
  what: 'crashed',
  message: 'boom',
};

/** Waits until the hub has heard what the client said before. */
async function settled(client: Listener): Promise<void> {
  client.socket.ping();
  await once(client.socket, 'pong');
}

describe('events', () => {
  it('all flow without a subscription, typed and in order', async () => {
    const { url, stream } = await setup();
    const client = await listen(url);
    const events: HubEvent[] = [
      metric('srv_one'),
      { type: 'server', at: T0, targetId: 'srv_two', health: 'down', message: 'refused' },
      { type: 'service_check', at: T0, targetId: 'svc_one', outcome: check() },
      { type: 'alert', at: T0, targetId: 'srv_one', alert: alert() },
      { type: 'delivery', at: T0, targetId: 'srv_one', delivery: delivery() },
      actorEvent,
    ];
    for (const event of events) stream.publish(event);
    const got: unknown[] = [];
    for (const _ of events) got.push(await client.next());
    expect(got).toMatchObject([
      {
        type: 'metric',
        seq: FIRST + 1,
        at: AT,
        server_id: '10.0.0.5:51243',
        target_id: 'srv_one',
        timestamp: AT,
        cpu_avg: 5,
        memory_used: null,
        values: { 'cpu.usage': 5, 'load.one': null },
      },
      {
        type: 'server',
        seq: FIRST + 2,
        server_id: '[fd00::1]:51243',
        health_status: 'down',
        message: 'refused',
      },
      { type: 'service_check', service_name: 'shop front', status: 'up', response_time_ms: 12.1 },
      { type: 'alert', alert: { id: 'alr_one', state: 'firing' } },
      { type: 'delivery', delivery: { id: 'dlv_one', state: 'dead' } },
      { type: 'actor', seq: FIRST + 6, actor: { id: '/collect/web-1', what: 'crashed', message: 'boom' } },
    ]);
  });

  it('rule 11: say when silences and maintenance begin and end, whatever targets are chosen', async () => {
    const { url, stream } = await setup();
    const client = await listen(url);
    const topics = ['silence', 'maintenance'];
    client.say({ type: 'subscribe', topics, targets: ['[fd00::1]:51243'] });
    expect(await client.next()).toMatchObject({ type: 'subscribed', topics });
    const silence = {
      id: 'sil_1',
      kind: 'silence',
      match: { target: 'web-*' },
      startsAt: T0,
      endsAt: T0 + 60_000,
      author: 'ana',
      reason: 'new disk',
      owner: 'api',
    } as const;
    stream.publish({ type: 'silence', at: T0, what: 'ended', by: 'bob', silence });
    stream.publish({ type: 'maintenance', at: T0, what: 'began', name: 'patches', match: { tag: 'db' } });
    const { startsAt: _from, endsAt: _until, ...same } = silence;
    const times = { starts_at: AT, ends_at: '2026-03-01T12:01:00.000Z' };
    expect([await client.next(), await client.next()]).toEqual([
      { type: 'silence', seq: FIRST + 1, at: AT, silence: { what: 'ended', by: 'bob', ...same, ...times } },
      {
        type: 'maintenance',
        seq: FIRST + 2,
        at: AT,
        maintenance: { what: 'began', name: 'patches', match: { tag: 'db' } },
      },
    ]);
  });

  it('are turned into bytes once, whoever wants them', () => {
    const names = { server: () => 'alias', exporter: () => undefined, service: () => undefined };
    const encoded = new EncodedEvent({ seq: 1, event: metric('srv_one') }, names);
    expect(encoded.bytes).toBe(encoded.bytes);
  });

  it('are chosen by topic and by target', async () => {
    const { url, stream } = await setup();
    const client = await listen(url);
    client.say({ type: 'subscribe', topics: ['metric', 'actor', 'task'], targets: ['[fd00::1]:51243'] });
    expect(await client.next()).toMatchObject({ type: 'subscribed', topics: ['metric', 'actor', 'task'] });
    stream.publish(metric('srv_one'));
    stream.publish({ type: 'server', at: T0, targetId: 'srv_two', health: 'up', message: null });
    stream.publish(metric('srv_two'));
    stream.publish(actorEvent);
    expect(await client.next()).toMatchObject({ type: 'metric', target_id: 'srv_two' });
    expect(await client.next()).toMatchObject({ type: 'actor' });
  });

  it('are all wanted again after a subscription without limits', async () => {
    const { url, stream } = await setup();
    const client = await listen(url);
    client.say({ type: 'subscribe', topics: [] });
    await client.next();
    stream.publish(actorEvent);
    client.say({ type: 'subscribe' });
    expect(await client.next()).toMatchObject({ type: 'subscribed', topics: null, targets: null });
    stream.publish(actorEvent);
    expect(await client.next()).toMatchObject({ seq: FIRST + 2 });
  });

  it('that the hub lost for the stream are told to everyone', async () => {
    const { url, stream } = await setup();
    const [one, two] = [await listen(url), await listen(url)];
    // One turn of the event loop with more events than the bus holds: the actor could take none of them.
    for (let i = 0; i < 300; i++) stream.publish(actorEvent);
    const lagged = { type: 'lagged', missed: 44, seq: FIRST + 300, exact: true };
    expect(await one.next()).toEqual(lagged);
    expect(await two.next()).toEqual(lagged);
    expect(await one.next()).toMatchObject({ seq: FIRST + 45 });
  });

  it('since a known one are told as missed, as nothing is replayed', async () => {
    const { url, stream } = await setup();
    const client = await listen(url);
    for (let i = 0; i < 3; i++) stream.publish(actorEvent);
    for (let i = 0; i < 3; i++) await client.next();
    const since = async (seq: number) => {
      client.say({ type: 'subscribe', since: seq });
      await client.next();
      return client.next();
    };
    expect(await since(FIRST + 1)).toEqual({ type: 'lagged', missed: 2, seq: FIRST + 3, exact: true });
    expect(await since(FIRST - 7)).toEqual({ type: 'lagged', missed: 10, seq: FIRST + 3, exact: false });
    expect(await since(FIRST + 9)).toMatchObject({ type: 'error', code: 'SINCE_AHEAD' });
    client.say({ type: 'subscribe', since: FIRST + 3 });
    await client.next();
    stream.publish(actorEvent);
    expect(await client.next()).toMatchObject({ type: 'actor' });
  });
});

describe('messages that are wrong', () => {
  it.each([
    ['{', 'MALFORMED_JSON'],
    ['[]', 'UNKNOWN_TYPE'],
    ['null', 'MALFORMED_JSON'],
    ['{"type":"unsubscribe"}', 'UNKNOWN_TYPE'],
    ['{"type":"subscribe","topics":"metric"}', 'INVALID_FIELD'],
    ['{"type":"subscribe","topics":["metrics"]}', 'INVALID_FIELD'],
    ['{"type":"subscribe","targets":[1]}', 'INVALID_FIELD'],
    ['{"type":"subscribe","targets":["nobody"]}', 'UNKNOWN_TARGET'],
    ['{"type":"subscribe","since":-1}', 'INVALID_FIELD'],
    ['{"type":"auth","token":5}', 'INVALID_FIELD'],
    ['{"type":"auth","token":"late"}', 'ALREADY_AUTHENTICATED'],
  ])('%s gets an error, and the client stays', async (text, code) => {
    const { url, stream } = await setup();
    const client = await listen(url);
    client.say(text);
    expect(await client.next()).toMatchObject({ type: 'error', code, message: expect.stringMatching(/\.$/) });
    stream.publish(actorEvent);
    expect(await client.next()).toMatchObject({ type: 'actor' });
  });

  it('in binary get an error too', async () => {
    const { url } = await setup();
    const client = await listen(url);
    client.socket.send(Buffer.from('{}'));
    expect(await client.next()).toMatchObject({ code: 'MALFORMED_JSON' });
  });

  it('that are too long end the connection', async () => {
    const { url } = await setup();
    const client = await listen(url);
    client.say('x'.repeat(70_000));
    expect((await client.closed).code).toBe(1009);
  });
});

describe('access', () => {
  const withTokens = () => setup({ config: { tokens: TOKENS } });

  it('is by header', async () => {
    const { url, stream } = await withTokens();
    const client = await listen(url, { headers: { authorization: `Bearer ${READ}` } });
    stream.publish(actorEvent);
    expect(await client.next()).toMatchObject({ type: 'actor' });
    await expect(listen(url, { headers: { authorization: `Bearer ${READ}x` } })).rejects.toThrow(
      'refused: 401',
    );
  });

  it('is by subprotocol, which is echoed', async () => {
    const { url, stream } = await withTokens();
    const client = await listen(url, { protocols: ['other', `guardia.bearer.${READ}`] });
    expect(client.socket.protocol).toBe(`guardia.bearer.${READ}`);
    stream.publish(actorEvent);
    expect(await client.next()).toMatchObject({ type: 'actor' });
    await expect(listen(url, { protocols: ['guardia.bearer.wrong'] })).rejects.toThrow('refused: 401');
  });

  it('is by subprotocol in base64url for tokens with other characters', async () => {
    const token = 'pass phrase/with=all';
    const { url } = await setup({ config: { tokens: [{ name: 'odd', token, scopes: ['read'] }] } });
    const protocol = `guardia.bearer.${Buffer.from(token).toString('base64url')}`;
    expect((await listen(url, { protocols: [protocol] })).socket.protocol).toBe(protocol);
  });

  it('is by a first message, before which nothing flows', async () => {
    const { url, stream } = await withTokens();
    const client = await listen(url);
    stream.publish(actorEvent);
    await settled(client);
    client.say({ type: 'auth', token: READ });
    expect(await client.next()).toEqual({ type: 'authenticated', seq: FIRST + 1 });
    stream.publish(actorEvent);
    expect(await client.next()).toMatchObject({ type: 'actor', seq: FIRST + 2 });
  });

  it.each([
    ['a wrong token', '{"type":"auth","token":"wrong"}', 'TOKEN_WRONG'],
    ['a subscription first', '{"type":"subscribe"}', 'the first message must be the token'],
    ['nonsense first', '{', 'the first message must be the token'],
  ])('ends with %s', async (_what, text, reason) => {
    const { url } = await withTokens();
    const client = await listen(url);
    client.say(text);
    expect(await client.closed).toEqual({ code: 4401, reason });
  });

  it('ends when no token comes in time', async () => {
    const clock = new TestClock();
    const { url } = await setup({ config: { tokens: TOKENS }, deps: { clock } });
    const client = await listen(url);
    await settled(client);
    await clock.advance(5_000);
    expect(await client.closed).toEqual({ code: 4401, reason: 'no token within 5 s' });
  });

  it('ends when the token is withdrawn', async () => {
    const { url, api, deps } = await withTokens();
    const client = await listen(url, { headers: { authorization: `Bearer ${READ}` } });
    api.updateAuth({ ...deps.config, tokens: TOKENS.slice(1) });
    expect((await client.closed).code).toBe(4401);
  });

  it('ends on loopback when tokens are configured', async () => {
    const { url, api, deps } = await setup();
    const client = await listen(url);
    api.updateAuth({ ...deps.config, tokens: TOKENS });
    expect((await client.closed).code).toBe(4401);
  });

  it('is refused to pages of other origins, unless CORS is on', async () => {
    const { url, api, deps } = await setup();
    const other = { origin: 'https://evil.example' };
    await expect(listen(url, other)).rejects.toThrow('refused: 403');
    await expect(listen(url, { headers: { host: 'rebound.example' } })).rejects.toThrow('refused: 403');
    await listen(url, { origin: url });
    api.updateAuth({ ...deps.config, enableCors: true });
    await listen(url, other);
  });

  it('is at one address only', async () => {
    const { url } = await setup();
    await expect(listen(url, { path: '/api/v1/servers' })).rejects.toThrow('refused: 404');
  });
});

describe('clients that are gone or slow', () => {
  it('are cut when they give no sign of life', async () => {
    const clock = new TestClock();
    const { port, stream, url } = await setup({ deps: { clock } });
    const dead = await rawClient(port);
    const alive = await listen(url);
    const gone = once(dead, 'close');
    await clock.advance(30_000);
    // `ws` answers pings by itself; a raw socket doesn't. The second round trip proves that the answer has arrived.
    await settled(alive);
    await settled(alive);
    await clock.advance(30_000);
    await gone;
    stream.publish(actorEvent);
    expect(await alive.next()).toMatchObject({ type: 'actor' });
  });

  it('are told and cut when they never read, while the others get everything', async () => {
    const clock = new TestClock();
    const { port, stream, url, ask } = await setup({ deps: { clock } });
    const slow = await rawClient(port);
    slow.pause();
    const fast = await listen(url);
    const clients = async () => /guardia_websocket_clients (\d)/.exec((await ask('/metrics')).text)?.[1];
    expect(await clients()).toBe('2');
    // Far more than the sockets' own buffers take, in events that are hard to confuse.
    const message = randomBytes(32_768).toString('hex');
    const total = 600;
    for (let i = 1; i <= total; i++) {
      stream.publish({ ...actorEvent, message });
      expect(await fast.next()).toMatchObject({ type: 'actor', seq: FIRST + i });
    }
    await clock.advance(5_000);
    await expect.poll(clients).toBe('1');

    const received = await drain(slow);
    expect(received.length).toBeLessThan((total * message.length) / 2);
  });

  it('do not hold up a stop', async () => {
    const { port, api } = await setup();
    const silent = await rawClient(port);
    const gone = once(silent, 'close');
    await api.stop();
    await gone;
  });

  it('get the reason when they read on in time', async () => {
    const clock = new TestClock();
    const { stream, url } = await setup({ deps: { clock } });
    const slow = await listen(url);
    slow.socket.pause();
    const fast = await listen(url);
    const message = randomBytes(32_768).toString('hex');
    for (let i = 0; i < 600; i++) {
      stream.publish({ ...actorEvent, message });
      await fast.next();
    }
    slow.socket.resume();
    expect(await slow.closed).toEqual({ code: 4408, reason: 'too slow' });
    let last: unknown;
    let events = 0;
    for (;;) {
      const next = await slow.next().catch(() => undefined);
      if (next === undefined) break;
      events += 1;
      last = next;
    }
    expect(last).toMatchObject({ type: 'lagged', exact: true });
    const { missed } = last as { missed: number };
    expect(missed).toBeGreaterThan(1);
    expect(events - 1 + missed).toBeLessThan(600);
  });
});

/** A WebSocket that a raw socket has opened: it answers nothing by itself. */
async function rawClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const [head] = await once(socket, 'data');
  expect(String(head)).toMatch(/^HTTP\/1\.1 101 /);
  socket.resume();
  return socket;
}

/** Reads what the far side had sent before it cut the connection. */
async function drain(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  const closed = once(socket, 'close');
  socket.resume();
  await closed;
  return Buffer.concat(parts);
}
