import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import {
  bounds,
  contextOf,
  isMissing,
  serverOf,
  startProgram,
  temporaryFolder,
  useTeardown,
} from '../dialogue/test/kit.ts';
import { testCertificate } from '../http/test/certificate.ts';
import { runSmtpCheck } from './smtp-check.ts';

useTeardown();

const DAY_MS = 86_400_000;
const AIOSMTPD = '/usr/lib/python3/dist-packages/aiosmtpd';

/** Debian's mail server in Python, on a free port that it says; with a key and a certificate it offers STARTTLS. */
const PROGRAM = `
import asyncio, ssl, sys
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP
context = None
if len(sys.argv) > 1:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1])
async def main():
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(Sink(), hostname='mail.example', tls_context=context, loop=loop)
    server = await loop.create_server(make, '127.0.0.1', 0)
    print('port', server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
`;

const check = (port: number, startTls = false) =>
  runSmtpCheck({ type: 'smtp', host: '127.0.0.1', port, startTls, certWarnDays: 14, ...bounds }, contextOf());

async function startServer(tls?: { readonly key: string; readonly cert: string }): Promise<number> {
  const pem = join(temporaryFolder(), 'tls.pem');
  if (tls !== undefined) writeFileSync(pem, tls.key + tls.cert);
  const args = ['-c', PROGRAM, ...(tls === undefined ? [] : [pem])];
  const { match } = await startProgram('/usr/bin/python3', args, /^port (\d+)$/);
  return Number(match[1]);
}

/** A certificate of the server's, which only this test file's process trusts. */
function certificate(daysLeft: number, isTrusted = true) {
  const made = testCertificate('IP:127.0.0.1', Date.now() + (daysLeft + 0.5) * DAY_MS);
  setDefaultCACertificates(isTrusted ? [made.cert] : []);
  return made;
}

describe.skipIf(isMissing(AIOSMTPD, 'python3-aiosmtpd'))('aiosmtpd', () => {
  test('without TLS is up', async () => {
    const port = await startServer();
    expect(await check(port)).toMatchObject({ status: 'up', errorMessage: null, sslExpiryDays: null });
  });

  test('that does not offer STARTTLS where it must is down, and the text says what it offers', async () => {
    const port = await startServer();
    expect(await check(port, true)).toMatchObject({
      status: 'down',
      errorMessage: expect.stringMatching(/^expected STARTTLS among the capabilities of .*, got ".*HELP"$/),
    });
  });

  test('with a trusted certificate is up, with its days', async () => {
    const port = await startServer(certificate(41));
    expect(await check(port, true)).toMatchObject({ status: 'up', sslExpiryDays: 41 });
  });

  test.each([
    [5, true, 'degraded', 'ends in 5'],
    [41, false, 'down', 'a self-signed one'],
    [-2, true, 'down', 'one that has expired'],
  ] as const)('with %i days left, trusted %s, is %s', async (days, isTrusted, status, text) => {
    const port = await startServer(certificate(days, isTrusted));
    expect(await check(port, true)).toMatchObject({
      status,
      sslExpiryDays: days,
      errorMessage: expect.stringContaining(text),
    });
    expect((await check(port)).status).toBe('up');
  });
});

/** Answers each line in turn; the first reply is the greeting. */
const serverThatSays = (...replies: string[]) =>
  serverOf((socket) => {
    let next = 0;
    const reply = () => socket.write(`${replies[next++] ?? '221 bye'}\r\n`);
    reply();
    socket.on('data', reply);
  });

test('a server is told who we are and is left politely', async () => {
  const server = await serverThatSays('220-mail.example\r\n220 ready', '250-mail.example\r\n250 HELP');
  expect((await check(server.port)).status).toBe('up');
  await expect.poll(() => server.received()).toBe('EHLO [127.0.0.1]\r\nQUIT\r\n');
});

test.each([
  ['refuses us', ['554 no']],
  ['is too busy', ['421 later']],
  ['greets with another code in between', ['220-one\r\n250 two']],
  ['does not know EHLO', ['220 ready', '502 what']],
  ['is no mail server', ['SSH-2.0-OpenSSH']],
  ['refuses STARTTLS', ['220 ready', '250-x\r\n250 STARTTLS', '454 not now']],
])('a server that %s is down', async (_, replies) => {
  const server = await serverThatSays(...replies);
  expect((await check(server.port, true)).status).toBe('down');
});

test('the text of another reply quotes it', async () => {
  const server = await serverThatSays('554 no service here');
  expect((await check(server.port)).errorMessage).toBe(
    `expected a greeting with 220 of ${server.address}, got "554 no service here"`,
  );
});

test('what somebody slips in before TLS is not taken for the server', async () => {
  const server = await serverThatSays('220 ready', '250 STARTTLS', '220 go\r\n250 slipped in');
  expect(await check(server.port, true)).toMatchObject({
    status: 'down',
    errorMessage: `expected silence before TLS of ${server.address}, got "250 slipped in"`,
  });
});
