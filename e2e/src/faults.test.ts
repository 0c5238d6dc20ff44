// What goes wrong around a hub, with real processes: signals, a taken port, a damaged file, a wrong reload, a
// token that is nearly right, an agent that talks nonsense.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFarSide } from '@guardia/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startHub, writeConfig } from './hub.ts';
import { Bench, freePort, until } from './programs.ts';

let bench: Bench;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await bench.close();
  for (const close of closing.splice(0)) await close();
});

const stateFile = () => join(bench.folder, 'guardia.db');

describe('a hub', () => {
  it('stops cleanly when it is told so twice', async () => {
    bench = new Bench();
    const hub = await startHub(bench, {});
    hub.program.signal('SIGTERM');
    hub.program.signal('SIGTERM');
    expect(await hub.program.exited).toEqual({ code: 0, signal: null });
  });

  it('names address and port when the port is taken', async () => {
    bench = new Bench();
    const taken = await startFarSide();
    closing.push(() => taken.stop());
    const hub = bench.guardia(['hub', '-f', writeConfig(bench, taken.port, {})]);
    expect((await hub.exited).code).toBe(1);
    expect(hub.output).toMatch(new RegExp(`127\\.0\\.0\\.1.*${taken.port}`));
    expect(hub.output).not.toMatch(/\n\s+at /);
  });

  it('refuses a damaged database, names it, and leaves it as it is', async () => {
    bench = new Bench();
    const port = await freePort();
    const first = await startHub(bench, {}, port);
    await first.program.stop();
    const garbage = Buffer.alloc(8192, 'x');
    writeFileSync(stateFile(), garbage);
    const again = bench.guardia(['hub', '-f', first.configFile]);
    expect((await again.exited).code).toBe(1);
    expect(again.output).toContain(stateFile());
    expect(readFileSync(stateFile())).toEqual(garbage);
  });

  it('refuses a second hub on the same files', async () => {
    bench = new Bench();
    const first = await startHub(bench, {});
    const second = bench.guardia(['hub', '-f', writeConfig(bench, await freePort(), {})]);
    expect((await second.exited).code).toBe(1);
    expect(second.output).toContain(stateFile());
    expect(first.program.child.exitCode).toBeNull();
  });

  it('prints all mistakes of a configuration at once and ends with 2', async () => {
    bench = new Bench();
    const file = bench.file('bad.yaml', 'servers:\n  - ip: 10.0.0.5\n    porrt: 1\n    interval: 0\n');
    const hub = bench.guardia(['hub', '-f', file]);
    expect((await hub.exited).code).toBe(2);
    expect(hub.output).toMatch(/bad\.yaml:3.*porrt.*port/);
    expect(hub.output).toMatch(/bad\.yaml:4.*interval/);
  });

  it('keeps running on its old configuration when the new one is wrong, and takes a right one', async () => {
    bench = new Bench();
    const hub = await startHub(bench, { servers: [{ ip: '127.0.0.1', port: 9, interval: 1 }] });
    const right = readFileSync(hub.configFile, 'utf8');
    writeFileSync(hub.configFile, right.replace('"interval":1', '"interval":"soon"'));
    const refused = await hub.post('/-/reload');
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('servers[0].interval');
    hub.program.signal('SIGHUP');
    await hub.program.printed(/interval/);
    expect(await hub.get('/servers')).toMatchObject({ count: 1 });
    const two = [
      { ip: '127.0.0.1', port: 9, interval: 2 },
      { ip: '127.0.0.1', port: 10 },
    ];
    writeFileSync(hub.configFile, JSON.stringify({ ...JSON.parse(right), servers: two }));
    expect((await hub.post('/-/reload')).status).toBe(200);
    expect(await hub.get('/servers')).toMatchObject({ count: 2 });
    writeFileSync(hub.configFile, JSON.stringify({ ...JSON.parse(right), servers: [] }));
    hub.program.signal('SIGHUP');
    await until(
      'the servers to be gone',
      async () => (await hub.get<{ count: number }>('/servers')).count === 0,
    );
  });

  it('takes nothing from an agent that talks nonsense, and goes on with the others', async () => {
    bench = new Bench();
    const agent = await bench.agent('right');
    const nonsense = await startFarSide({
      script: () => ({ headers: { 'content-type': 'text/html' }, body: '<h1>It works</h1>' }),
    });
    closing.push(() => nonsense.stop());
    const hub = await startHub(bench, {
      servers: [
        { ip: '127.0.0.1', port: nonsense.port, display: 'html', interval: 1 },
        { ip: '127.0.0.1', port: agent.port, display: 'wrong token', token: 'righT', interval: 1 },
        { ip: '127.0.0.1', port: 9, display: 'nobody', interval: 1 },
      ],
    });
    const servers = await until('every server to have failed', async () => {
      const answer = await hub.get<{ servers: { last_poll_error: string | null }[] }>('/servers');
      return answer.servers.every((server) => server.last_poll_error !== null) && answer.servers;
    });
    expect(servers.map((server) => server.last_poll_error)).toEqual([
      expect.stringMatching(/text\/html, expected application\/json/),
      expect.stringMatching(/refused the token/),
      expect.stringMatching(/connection refused/),
    ]);
    expect(JSON.stringify(servers)).not.toContain('righT');
  });

  it('lets only the right token in, and never prints it', async () => {
    bench = new Bench();
    const token = 'correct-horse-battery';
    const hub = await startHub(bench, { api: { auth_token: token } });
    const status = async (value: string) => {
      const headers = { authorization: `Bearer ${value}` };
      return (await fetch(`${hub.url}/api/v1/servers`, { headers })).status;
    };
    expect(await status(token)).toBe(200);
    expect(await status(`${token}x`)).toBe(401);
    expect(await status(token.slice(0, -1))).toBe(401);
    expect(await status(token.toUpperCase())).toBe(401);
    await hub.program.stop();
    expect(hub.program.output).not.toContain(token);
  });

  it('warns and keeps nothing on disk without a storage section', async () => {
    bench = new Bench();
    const port = await freePort();
    const file = bench.file('memory.json', JSON.stringify({ api: { port } }));
    const hub = bench.guardia(['hub', '-f', file]);
    await hub.printed(/storage/);
    await until('the hub to answer', () =>
      fetch(`http://127.0.0.1:${port}/-/ready`).then(
        (response) => response.ok,
        () => false,
      ),
    );
    expect((await hub.stop()).code).toBe(0);
    expect(readdirSync(bench.folder)).toEqual(['memory.json']);
  });
});
