// A real Alertmanager of a test's own on loopback, from Debian's `prometheus-alertmanager`. It tells nobody; what it
// holds is read through its API by the test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = '/usr/bin/prometheus-alertmanager';

export interface AlertmanagerServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Whether Alertmanager isn't installed, for `describe.skipIf`. Says loudly that tests are skipped.
 *  @throws with CI=true, where a skip is a failure */
export function alertmanagerIsMissing(): boolean {
  if (existsSync(PROGRAM)) return false;
  const message = 'SKIPPED: Alertmanager is missing, install the Debian package prometheus-alertmanager';
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(message);
  return true;
}

/** Starts a server on a free loopback port, which it says itself. Whoever starts it stops it. */
export async function startAlertmanager(): Promise<AlertmanagerServer> {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-alertmanager-'));
  const config = join(folder, 'config.yml');
  writeFileSync(config, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  const words = [`--config.file=${config}`, `--storage.path=${folder}`, '--cluster.listen-address='];
  const server = spawn(PROGRAM, [...words, '--web.listen-address=127.0.0.1:0'], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(server, 'exit');
  const port = await new Promise<string>((resolve, reject) => {
    createInterface(server.stderr).on('line', (line) => {
      const found = /address=127\.0\.0\.1:(\d+)/i.exec(line)?.[1];
      if (found !== undefined && found !== '0') resolve(found);
    });
    server.once('exit', () => reject(new Error('Alertmanager did not start')));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
