// Makes sure that the Debian programs that tests need are there, by installing what is missing where it may.
// Where it may not, tests that need a program skip loudly, and with CI=true that skip is a failure.
import { existsSync } from 'node:fs';
import { run } from './steps.ts';

interface DebianProgram {
  readonly debianPackage: string;
  /** Any of these paths proves that it is installed. */
  readonly paths: readonly string[];
}

const PROGRAMS: readonly DebianProgram[] = [
  { debianPackage: 'openssl', paths: ['/usr/bin/openssl'] },
  { debianPackage: 'chromium', paths: ['/usr/bin/chromium'] },
  { debianPackage: 'postgresql', paths: ['/usr/lib/postgresql'] },
  { debianPackage: 'openssh-server', paths: ['/usr/sbin/sshd'] },
  { debianPackage: 'redis-server', paths: ['/usr/bin/redis-server'] },
  { debianPackage: 'dnsmasq-base', paths: ['/usr/sbin/dnsmasq'] },
  { debianPackage: 'fping', paths: ['/usr/bin/fping'] },
  { debianPackage: 'iputils-ping', paths: ['/usr/bin/ping', '/bin/ping'] },
  { debianPackage: 'prometheus-alertmanager', paths: ['/usr/bin/prometheus-alertmanager'] },
  { debianPackage: 'python3-aiosmtpd', paths: ['/usr/lib/python3/dist-packages/aiosmtpd'] },
  { debianPackage: 'prometheus-node-exporter', paths: ['/usr/bin/prometheus-node-exporter'] },
  { debianPackage: 'prometheus-blackbox-exporter', paths: ['/usr/bin/prometheus-blackbox-exporter'] },
];

function missing(): string[] {
  return PROGRAMS.filter((p) => !p.paths.some((path) => existsSync(path))).map((p) => p.debianPackage);
}

/** Installs what is missing. True unless CI=true and something is still missing. */
export async function ensureTestPackages(): Promise<boolean> {
  const wanted = missing();
  if (wanted.length === 0) {
    console.log('all test programs are installed');
    return true;
  }
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (mayInstall) await install(wanted);
  const left = missing();
  for (const name of left)
    console.error(`MISSING: Debian package ${name}; tests that need it will be skipped`);
  return left.length === 0 || process.env.CI !== 'true';
}

async function install(names: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await run('apt-get', ['update', '-q'], env);
  await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...names], env);
}
