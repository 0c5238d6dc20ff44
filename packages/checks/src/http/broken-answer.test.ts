import { expect, test } from 'vitest';
import { serverOf, useTeardown } from '../dialogue/test/kit.ts';
import { check, manualClock, useFarSides } from './test/kit.ts';

useTeardown();
const farSideOf = useFarSides();

test.each([
  ['garbage between chunks', 'Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n', 'HPE_INVALID_CHUNK_SIZE'],
  [
    'something that is not gzip',
    'Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip',
    'BAD_ENCODING',
  ],
])('rule 2: an answer with %s is down, with or without an expectation', async (_, rest, code) => {
  const { url } = await farSideOf(() => ({ type: 'raw', text: `HTTP/1.1 200 OK\r\n${rest}` }));
  for (const bodyPattern of [null, 'ok']) {
    const result = await check(url, { bodyPattern });
    expect(result).toMatchObject({ status: 'down', errorMessage: expect.stringContaining(code) });
  }
});

test('rule 2: what comes behind a whole body is no harm', async () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n\r\nand more';
  const { url } = await farSideOf(() => ({ type: 'raw', text }));
  expect(await check(url, { bodyPattern: '^ok$' })).toMatchObject({ status: 'up', errorMessage: null });
});

/** The body lasts until the connection ends; it is neither announced nor in chunks. */
async function openEnded(status: string) {
  const server = await serverOf((socket) => {
    socket.once('data', () => socket.write(`HTTP/1.1 ${status}\r\n\r\nok`));
  });
  return { server, url: `http://${server.address}` };
}

test('rule 2: a body that lasts until the connection ends is down when the time is up', async () => {
  const { server, url } = await openEnded('200 OK');
  const { clock, fire, readings } = manualClock();
  const running = check(url, { timeoutMs: 3_000, bodyPattern: 'ok' }, { clock });
  await expect.poll(readings).toBe(6);
  fire();
  const errorMessage = `expected an answer of ${server.address} within 3000 ms, timed out while reading the answer's body`;
  expect(await running).toMatchObject({ status: 'down', errorMessage });
});

test('rule 2: a body that lasts until the connection ends is down when that is reset', async () => {
  const { server, url } = await openEnded('200 OK');
  const { clock, readings } = manualClock();
  const running = check(url, { bodyPattern: 'ok' }, { clock });
  await expect.poll(readings).toBe(6);
  server.sockets[0]!.resetAndDestroy();
  expect(await running).toMatchObject({
    status: 'down',
    errorMessage: expect.stringContaining('(ECONNRESET)'),
  });
});

test('rule 2: a wrong status is said, also when its body fails', async () => {
  const { url } = await openEnded('500 No');
  const { clock, fire, readings } = manualClock();
  const running = check(url, {}, { clock });
  await expect.poll(readings).toBe(6);
  fire();
  expect(await running).toMatchObject({
    status: 'down',
    httpStatusCode: 500,
    errorMessage: expect.stringMatching(/^expected status 200 to 299, got 500; expected an answer/),
  });
});

test('rule 1: what has come when the time is up is read first, since this process may have been busy', async () => {
  const { clock, fire } = manualClock();
  const server = await serverOf((socket) => {
    socket.once('data', () =>
      // As timers are: before sockets are looked at.
      setTimeout(() => {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        fire();
      }, 0),
    );
  });
  const spec = { bodyPattern: 'ok' };
  expect(await check(`http://${server.address}`, spec, { clock })).toMatchObject({ status: 'up' });
});
