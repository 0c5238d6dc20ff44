// Starts a program of Guardia on Node 24. An older node looks for the pinned one among the installed packages
// and hands over to it; it runs as plain JavaScript because an old node can't read TypeScript.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { arch, constants, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WANTED_MAJOR = 24;

/** Runs `entry` (a file URL) in this process, or in a child when this node is too old. */
export async function launch(entry) {
  const node = findNode();
  if (node === process.execPath) await import(entry);
  else if (node !== undefined) handOver(node, [fileURLToPath(entry), ...process.argv.slice(2)]);
}

/** A node that is new enough: this one, or the pinned one. Undefined, after saying what to do, when there is none. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath;
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${platform()}-${arch()}/package.json`);
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    console.error(
      `Guardia needs Node.js ${WANTED_MAJOR} or newer; this is ${process.versions.node}. ` +
        'Install it from https://nodejs.org, or run npm ci on Linux (x64 or arm64), which brings it along.',
    );
    process.exitCode = 1;
    return undefined;
  }
}

/** Runs another program in this one's place: its signals, its streams, its exit code. */
export function handOver(file, args, env = process.env) {
  const child = spawn(file, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
