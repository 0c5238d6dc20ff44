// Completes package-lock.json after `npm install`. A registry that mirrors only some platforms makes npm leave the
// optional packages of the others out of the lock, and `npm ci` then refuses it; here each gets its entry back, with
// the platform that its name tells, so that it is known and skipped. `--check` only says what is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.ts';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU: Readonly<Record<string, string>> = {
  arm: 'arm',
  armeabi: 'arm',
  eabi: 'arm',
  gnueabihf: 'arm',
  musleabihf: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

/** What `@scope/binding-linux-arm64-musl` says of where it runs. */
function platformOf(name: string) {
  const words = name.split(/[/-]/);
  const os = OS.filter((word) => words.includes(word));
  const cpu = [...new Set(words.flatMap((word) => CPU[word] ?? []))];
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name}: its name tells no single platform`);
  if (os[0] !== 'linux') return { cpu, os };
  return { cpu, libc: [words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc'], os };
}

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> };
const missing: string[] = [];
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  if (path === '') continue;
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const entry = `node_modules/${name}`;
    if (lock.packages[entry] !== undefined || lock.packages[`${path}/${entry}`] !== undefined) continue;
    missing.push(`${name}@${version}`);
    const flags = dev === true ? { dev, optional: true } : { optional: true };
    lock.packages[entry] = { version, ...platformOf(name), ...flags } as LockEntry;
  }
}
if (missing.length > 0) console.log(`not in the lock:\n  ${missing.join('\n  ')}`);
if (process.argv.includes('--check')) process.exitCode = missing.length > 0 ? 1 : 0;
else {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
