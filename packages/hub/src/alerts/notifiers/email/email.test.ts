import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { TestClock } from '@guardia/kernel';
import type { EmailNotifierConfig } from '@guardia/model';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { groupMessageOf, messageOf, noticeOf } from '../conformance.ts';
import type { Message } from '../notifier.ts';
import { createEmailNotifier } from './email.ts';
import { mailServerIsMissing, selfSignedCertificate, startMailServer } from './test/mail-server.ts';
import { type SmtpScript, startScriptedSmtp } from './test/scripted-smtp.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const PASSWORD = 'sUp3r-S3cret_t0ken';

function notifierFor(port: number, given: Partial<EmailNotifierConfig> = {}) {
  const notifier = createEmailNotifier(
    {
      type: 'email',
      name: 'mail',
      groupWaitMs: 0,
      groupBy: [],
      maxPerMinute: null,
      host: '127.0.0.1',
      port,
      security: 'none',
      user: null,
      password: null,
      from: 'Guardia <guardia@example.org>',
      to: ['ops@example.org', 'boss@example.org'],
      ...given,
    },
    { dispatcher: new Agent(), clock: new TestClock({ wallMs: NOW }) },
  );
  onTestFinished(() => notifier.close());
  const attempt = new AbortController();
  return { attempt, send: (message: Message = messageOf()) => notifier.send(message, attempt.signal) };
}

async function setup(script?: SmtpScript, given: Partial<EmailNotifierConfig> = {}) {
  const server = await startScriptedSmtp(script);
  onTestFinished(() => server.stop());
  return { server, ...notifierFor(server.port, given) };
}

/** Answers one command with a text, and all others well. */
function answering(command: string, text: string): SmtpScript {
  return (line) => (line.startsWith(command) ? text : 'default');
}

test('one message goes to all recipients, with both bodies and the dedupe key', async () => {
  const { server, send } = await setup();
  expect(await send(groupMessageOf(3))).toEqual({
    type: 'delivered',
    detail: `127.0.0.1:${server.port} took the message`,
  });
  expect(server.lines).toContain('MAIL FROM:<guardia@example.org>');
  expect(server.lines).toContain('RCPT TO:<ops@example.org>');
  expect(server.lines).toContain('RCPT TO:<boss@example.org>');
  expect(server.lines).toContain('X-Guardia-Dedupe-Key: grp_abc');
  expect(server.lines).toContain('Date: Fri, 02 Jan 2026 03:04:05 +0000');
  expect(server.lines).toContain('Subject: 3 alerts: host-01, host-02 and 1 more');
  expect(server.lines.filter((line) => line.startsWith('Content-Type: text/'))).toHaveLength(2);
});

test('every attempt has the same Message-ID, and what is told of one alert is one thread', async () => {
  const { server, send } = await setup();
  await send();
  await send();
  await send(messageOf(noticeOf({ notice: { kind: 'resolved', dedupeKey: 'alt_abc:resolved' } })));
  const [first, again, resolved] = server.lines.filter((line) => line.startsWith('Message-ID: '));
  expect(first).toMatch(/^Message-ID: <guardia-message-[0-9a-f]{32}@example\.org>$/);
  expect(again).toBe(first);
  expect(resolved).not.toBe(first);
  expect(new Set(server.lines.filter((line) => line.startsWith('In-Reply-To: '))).size).toBe(1);
});

test('logs in where user and password are set', async () => {
  const { server, send } = await setup(undefined, { user: 'me', password: PASSWORD });
  expect((await send()).type).toBe('delivered');
  expect(server.lines).toContain(`AUTH PLAIN ${Buffer.from(`\0me\0${PASSWORD}`).toString('base64')}`);
});

test.each([
  ['CONNECT', '421 4.3.2 shutting down', 'retry'],
  ['CONNECT', '554 5.3.2 no mail here', 'refused'],
  ['EHLO', '421 4.3.2 too many', 'retry'],
  ['MAIL', '451 4.7.1 greylisted', 'retry'],
  ['MAIL', '550 5.7.1 who are you', 'refused'],
  ['MAIL', '503 5.5.1 bad sequence', 'retry'],
  ['RCPT', '450 4.2.1 busy', 'retry'],
  ['RCPT', '550 5.1.1 unknown', 'refused'],
  ['DATA', '452 4.3.1 no room', 'retry'],
  ['.', '554 5.6.0 spam', 'refused'],
])('an answer to %s of "%s" is %s', async (command, text, type) => {
  const { server, send } = await setup(answering(command, text));
  expect(await send()).toMatchObject({ type, error: `127.0.0.1:${server.port} answered ${text}` });
});

test('a wrong password is final, and no text holds it though the answer does', async () => {
  const secret = Buffer.from(`\0me\0${PASSWORD}`).toString('base64');
  const { send } = await setup(answering('AUTH', `535 5.7.8 no: ${secret} ${PASSWORD}`), {
    user: 'me',
    password: PASSWORD,
  });
  const result = await send();
  expect(result).toMatchObject({
    type: 'refused',
    error: expect.stringMatching(/535 5\.7\.8 no: \*{3} \*{3}$/),
  });
});

test('rule 19: an answer with a password too short to be cut out is not quoted', async () => {
  const { send } = await setup(answering('AUTH', '535 5.7.8 no: pw1'), { user: 'me', password: 'pw1' });
  const result = await send();
  expect(result).toMatchObject({ type: 'refused', error: expect.stringContaining('not shown') });
  expect(JSON.stringify(result)).not.toContain('pw1');
});

test('recipients that are refused do not make it go to the others again', async () => {
  const { server, send } = await setup(answering('RCPT TO:<boss', '550 5.1.1 unknown'));
  expect(await send()).toEqual({
    type: 'delivered',
    detail: `127.0.0.1:${server.port} took the message, but refused 1 of 2 recipients`,
  });
});

test.each([
  ['closes the connection at once', answering('CONNECT', 'close'), /closed/],
  ['closes it in the middle', answering('DATA', 'close'), /closed/],
  ['talks garbage', answering('CONNECT', 'HTTP/1.1 400 Bad Request'), /not SMTP/],
  ['never ends its answer', answering('EHLO', `250-${'x'.repeat(100_000)}`), /not SMTP/],
])('a server that %s is worth another try', async (_, script, text) => {
  const { send } = await setup(script);
  const result = await send();
  expect(result).toMatchObject({ type: 'retry', afterMs: null, error: expect.stringMatching(text) });
  expect(JSON.stringify(result).length).toBeLessThan(400);
});

test('a server that is not there is worth another try', async () => {
  const { server, send } = await setup();
  await server.stop();
  expect(await send()).toMatchObject({ type: 'retry', error: expect.stringMatching(/connection refused$/) });
});

test.each(['CONNECT', 'EHLO', 'MAIL', '.'])('gives up when told while %s has no answer', async (command) => {
  const { server, send, attempt } = await setup(answering(command, 'silence'));
  const sent = send();
  await server.told(command);
  attempt.abort();
  const gaveUp = {
    type: 'retry',
    afterMs: null,
    error: `127.0.0.1:${server.port}: no answer before the attempt was given up`,
  };
  expect(await sent).toEqual(gaveUp);
  await server.closed;
  expect(await send()).toEqual(gaveUp);
});

test('starttls: nothing is told to a server that offers no encryption', async () => {
  const { server, send } = await setup(answering('STARTTLS', '502 5.5.1 what'), {
    security: 'starttls',
    user: 'me',
    password: PASSWORD,
  });
  expect(await send()).toEqual({
    type: 'refused',
    error: `127.0.0.1:${server.port} answered 502 5.5.1 what to STARTTLS: it doesn't encrypt at this port; name the right port, or set security to tls or none`,
  });
  expect(server.lines.map((line) => line.split(' ')[0])).toEqual(['CONNECT', 'EHLO', 'STARTTLS']);
});

test('no name, address or summary can add a header or a recipient', async () => {
  const text = 'x\r\nBcc: eve@example.org\r\n\r\n.\r\nMAIL FROM:<eve@example.org>\u2028';
  const { server, send } = await setup();
  const alert = { id: text, targetName: text, summary: text, instance: text };
  const notice = noticeOf({ notice: { address: text, dedupeKey: text }, alert });
  expect((await send(messageOf(notice))).type).toBe('delivered');
  expect(server.lines.filter((line) => /^(Bcc|MAIL FROM:<eve)/i.test(line))).toEqual([]);
  expect(server.lines.filter((line) => line.startsWith('RCPT'))).toHaveLength(2);
});

describe.skipIf(mailServerIsMissing())('against aiosmtpd', () => {
  const certificate = selfSignedCertificate();

  async function real(security: EmailNotifierConfig['security']) {
    const server = await startMailServer({ security, certificate });
    onTestFinished(() => server.stop());
    return { server, ...notifierFor(server.port, { security }) };
  }

  function trust(): void {
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, certificate.cert]);
    onTestFinished(() => setDefaultCACertificates(trusted));
  }

  test.each(['none', 'starttls', 'tls'] as const)('delivers with %s', async (security) => {
    trust();
    const { server, send } = await real(security);
    expect(await send()).toMatchObject({ type: 'delivered' });
    expect(await server.message()).toContain('Subject: High CPU usage: web-1');
  });

  test.each(['starttls', 'tls'] as const)(
    '%s: a certificate that is not trusted gets nothing',
    async (security) => {
      const { server, send } = await real(security);
      expect(await send()).toMatchObject({
        type: 'retry',
        error: `127.0.0.1:${server.port}: the certificate is self-signed, and so not trusted`,
      });
      expect(server.taken).toBe('');
    },
  );
});
