// A real mail server of a test's own, aiosmtpd of Debian's `python3-aiosmtpd`, with or without encryption. What it
// takes is kept for the test to read; a server that misbehaves is scripted-smtp.ts.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@guardia/testing';

const PYTHON = '/usr/bin/python3';

/** PEM texts. */
interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface MailServerOptions {
  readonly security: 'tls' | 'starttls' | 'none';
  readonly certificate: Certificate;
}

export interface MailServer {
  readonly port: number;
  /** All that it has printed of messages so far. */
  readonly taken: string;
  /** Resolves with {@link taken} when a whole message is in it. */
  message(): Promise<string>;
  stop(): Promise<void>;
}

/** Whether aiosmtpd isn't installed, for `describe.skipIf`. Says loudly that tests are skipped.
 *  @throws with CI=true, where a skip is a failure */
export function mailServerIsMissing(): boolean {
  if (spawnSync(PYTHON, ['-c', 'import aiosmtpd']).status === 0) return false;
  const message = 'SKIPPED: aiosmtpd is missing, install the Debian package python3-aiosmtpd';
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(message);
  return true;
}

/** Makes a certificate for 127.0.0.1 that nobody has signed but itself. */
export function selfSignedCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-mail-'));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
  const name = [
    '-subj',
    '/CN=mail',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-days',
    '2',
    '-out',
    'cert.pem',
  ];
  try {
    execFileSync('openssl', ['req', '-x509', ...key, ...name], { cwd: folder, stdio: 'pipe' });
    const read = (file: string) => readFileSync(join(folder, file), 'utf8');
    return { key: read('key.pem'), cert: read('cert.pem') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Starts a server on a free loopback port. Whoever starts it stops it. */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-mail-'));
  const port = await freePort();
  const listen = ['-m', 'aiosmtpd', '--nosetuid', '--debug', '--listen', `127.0.0.1:${port}`];
  const print = ['--class', 'aiosmtpd.handlers.Debugging', 'stdout'];
  const server = spawn(PYTHON, [...listen, ...tlsWords(folder, options), ...print], {
    env: { PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const taken = collect(server);
  await ready(server);
  return {
    port,
    get taken() {
      return taken.text;
    },
    async message() {
      while (!taken.text.includes('END MESSAGE')) await once(server.stdout!, 'data');
      return taken.text;
    },
    async stop() {
      const ended = server.exitCode === null ? once(server, 'exit') : undefined;
      server.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function collect(server: ChildProcess): { text: string } {
  const taken = { text: '' };
  server.stdout!.on('data', (chunk) => {
    taken.text += chunk;
  });
  return taken;
}

function tlsWords(folder: string, { security, certificate }: MailServerOptions): string[] {
  if (security === 'none') return [];
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, certificate.cert);
  writeFileSync(key, certificate.key, { mode: 0o600 });
  const kind = security === 'tls' ? 'smtps' : 'tls';
  return [`--${kind}cert`, cert, `--${kind}key`, key];
}

/** Resolves when it listens; rejects with what it said when it ends instead. */
function ready(server: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    server.stderr!.on('data', (chunk) => {
      said += chunk;
      if (said.includes('is listening on')) resolve();
    });
    server.once('exit', () => reject(new Error(`aiosmtpd did not start:\n${said.slice(0, 2_000)}`)));
  });
}
