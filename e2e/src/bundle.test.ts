// The built programs, copied to a folder where nothing else is: no node_modules, no sources.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HubProcess, writeConfig } from './hub.ts';
import { Bench, freePort, until } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let bench: Bench;
afterEach(() => bench.close());

const dist = mkdtempSync(join(tmpdir(), 'guardia-dist-'));
afterAll(() => rmSync(dist, { recursive: true, force: true }));

beforeAll(() => {
  const args = ['scripts/build.ts', '--out', dist];
  const built = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  expect(built.stderr).toBe('');
  expect(built.status).toBe(0);
});

describe('the bundled programs', () => {
  it('watch this machine with nothing else installed', async () => {
    bench = new Bench();
    for (const file of ['guardia.mjs', 'guardia-agent.mjs'])
      cpSync(join(dist, file), join(bench.folder, file));
    const agentPort = await freePort();
    const agent = bench.program(['guardia-agent.mjs', '--addr', '127.0.0.1', '--port', String(agentPort)], {
      AGENT_SECRET: 'bundled',
    });
    await agent.printed(/listens on/);
    const port = await freePort();
    const server = { ip: '127.0.0.1', port: agentPort, token: 'bundled', interval: 1 };
    const file = writeConfig(bench, port, { servers: [server] });
    const hub = await new HubProcess(bench.program(['guardia.mjs', 'hub', '-f', file]), port, file).ready();
    await until('a stored frame', async () => {
      const { count } = await hub.get<{ count: number }>(`/servers/127.0.0.1:${agentPort}/metrics`);
      return count > 0;
    });
    expect(await (await fetch(`${hub.url}/`)).text()).toContain('<title>Guardia</title>');
    expect(await hub.program.stop()).toEqual({ code: 0, signal: null });
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
  });

  it('say in one line that an older node can not run them', () => {
    bench = new Bench();
    const older = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.19.2'}})";
    for (const name of ['guardia.mjs', 'guardia-agent.mjs']) {
      const file = join(dist, name);
      const args = ['--import', `data:text/javascript,${older}`, file, '--version'];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^Guardia needs Node\.js 24 or newer; this is 20\.19\.2\..*\n$/),
      ]);
      // an import that an older node can't link would fail before that line
      expect(readFileSync(file, 'utf8').match(/from ?["']node:(?!module["'])/g)).toBeNull();
    }
  });

  it('print help and version', async () => {
    bench = new Bench();
    const program = (args: readonly string[]) => bench.program([join(dist, 'guardia.mjs'), ...args]);
    const version = program(['--version']);
    expect((await version.exited).code).toBe(0);
    expect(version.output).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = program(['demo', '--help']);
    expect((await help.exited).code).toBe(0);
    expect(help.output).toContain('Example:');
  });
});
