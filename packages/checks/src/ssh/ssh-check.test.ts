import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  bounds,
  contextOf,
  freePort,
  isMissing,
  serverOf,
  startProgram,
  temporaryFolder,
  useTeardown,
} from '../dialogue/test/kit.ts';
import { runSshCheck } from './ssh-check.ts';

useTeardown();

const SSHD = '/usr/sbin/sshd';
const SSH_KEYGEN = '/usr/bin/ssh-keygen';

const check = (host: string, port: number) =>
  runSshCheck({ type: 'ssh', host, port, ...bounds }, contextOf());

async function startSshd(): Promise<number> {
  const folder = temporaryFolder();
  const key = join(folder, 'key');
  execFileSync(SSH_KEYGEN, ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const port = await freePort();
  const settings = [`ListenAddress 127.0.0.1:${port}`, `HostKey ${key}`, 'PidFile none', 'UsePAM no'];
  const file = join(folder, 'sshd_config');
  writeFileSync(file, `${settings.join('\n')}\n`);
  // It insists on this folder, which Debian makes when it starts its own.
  mkdirSync('/run/sshd', { recursive: true });
  await startProgram(SSHD, ['-D', '-e', '-f', file], /Server listening/);
  return port;
}

describe.skipIf(isMissing(SSHD, 'openssh-server'))('OpenSSH', () => {
  test('is up', async () => {
    const port = await startSshd();
    expect(await check('127.0.0.1', port)).toMatchObject({
      status: 'up',
      errorMessage: null,
      responseTimeMs: expect.any(Number),
    });
  });
});

test.each([
  ['SSH-2.0-x\r\n', 'up'],
  ['SSH-2.0-x y z\n', 'up'],
  ['SSH-1.99-x\r\n', 'up'],
  ['Welcome\r\nto this host\r\nSSH-2.0-x\r\n', 'up'],
  ['SSH-1.5-x\r\n', 'degraded'],
  ['SSH-3.0-x\r\n', 'down'],
] as const)('a server that says %j is %s', async (banner, status) => {
  const server = await serverOf((socket) => socket.write(banner));
  expect((await check(server.host, server.port)).status).toBe(status);
});

test('a server of version 1 alone is degraded, and the text says so', async () => {
  const server = await serverOf((socket) => socket.write('SSH-1.5-old\r\n'));
  expect(await check(server.host, server.port)).toMatchObject({
    degradedBy: 'expectation',
    errorMessage: `expected SSH-2.0 of ${server.address}, got "SSH-1.5-old"`,
  });
});

test('a web server is down', async () => {
  const server = await serverOf((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  expect(await check(server.host, server.port)).toMatchObject({
    status: 'down',
    errorMessage: expect.stringContaining('expected an SSH banner'),
  });
});

test('a server that waits for the version of the client is up', async () => {
  const server = await serverOf((socket) => socket.once('data', () => socket.write('SSH-2.0-shy\r\n')));
  expect((await check(server.host, server.port)).status).toBe('up');
  expect(server.received()).toBe('SSH-2.0-guardia\r\n');
});
