// Starts what the benchmark measures: the bundled agent, and Debian's node_exporter with the matching collectors.
// Asking them and measuring is left to main.ts.
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const EXPORTER = 'prometheus-node-exporter';
const COLLECTORS = 'cpu meminfo filesystem diskstats netdev loadavg hwmon thermal_zone stat time uname'.split(
  ' ',
);
const AGENT_MAIN = fileURLToPath(new URL('../../packages/agent/src/main.ts', import.meta.url));

export interface Program {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** @returns path of the single minified file */
export async function bundleAgent(folder: string): Promise<string> {
  const outfile = join(folder, 'guardia-agent.mjs');
  await build({
    entryPoints: [AGENT_MAIN],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
  });
  return outfile;
}

/** Runs in `folder`, so that no `.env` of the caller is read. */
export async function startAgent(bundle: string, folder: string): Promise<Program> {
  const child = spawn(process.execPath, [bundle, '--addr', '127.0.0.1', '--port', '0'], {
    cwd: folder,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      said += String(chunk);
      const listening = / port (\d+)\n/.exec(said);
      if (listening !== null) resolve(Number(listening[1]));
    });
    child.once('exit', () => reject(new Error(`the agent did not start: ${said}`)));
  });
  return running(child, port);
}

/** Installs the exporter where that is allowed; null when it is not there. */
export async function startExporter(): Promise<Program | null> {
  if (!isInstalled() && !install()) return null;
  const port = await freePort();
  const collectors = COLLECTORS.map((name) => `--collector.${name}`);
  const child = spawn(
    EXPORTER,
    [`--web.listen-address=127.0.0.1:${port}`, '--collector.disable-defaults', ...collectors],
    { stdio: 'ignore' },
  );
  await once(child, 'spawn');
  return running(child, port);
}

function isInstalled(): boolean {
  try {
    execFileSync(EXPORTER, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function install(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', EXPORTER], { stdio: 'ignore' });
    // The package starts a service of its own with the default collectors; it would only make noise.
    execFileSync('systemctl', ['stop', EXPORTER], { stdio: 'ignore' });
  } catch {
    // Without systemd there is no service to stop; whether the package came is asked below.
  }
  return isInstalled();
}

function running(child: ChildProcess, port: number): Program {
  const exited = once(child, 'exit');
  return {
    pid: child.pid!,
    port,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has no other kind
  server.close();
  await once(server, 'close');
  return port;
}
