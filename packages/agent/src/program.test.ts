import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { AgentProcess, AgentProcessOptions } from './test/agent-process.ts';
import { startAgentProcess } from './test/agent-process.ts';
import { ask, fixtureRoot } from './test/support.ts';

const folders: string[] = [];
const processes: AgentProcess[] = [];
afterEach(async () => {
  for (const { child } of processes) if (child.exitCode === null) child.kill('SIGKILL');
  await Promise.all(processes.splice(0).map(({ ended }) => ended));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function setup(options: Omit<AgentProcessOptions, 'cwd'> & { dotenv?: string } = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'guardia-agent-'));
  folders.push(cwd);
  if (options.dotenv !== undefined) writeFileSync(join(cwd, '.env'), options.dotenv);
  const agent = startAgentProcess({ ...options, cwd });
  processes.push(agent);
  return agent;
}

const LOCAL = { AGENT_ADDR: '127.0.0.1', AGENT_PORT: '0' };

it('reads this machine, and stops cleanly on SIGTERM', async () => {
  const agent = setup({ env: LOCAL });
  const { status, body } = await ask(await agent.listening, '/metrics');
  expect(status).toBe(200);
  expect(JSON.parse(body).memory.total).toBeGreaterThan(0);
  agent.child.kill('SIGTERM');
  const { code, stderr } = await agent.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('warning: no secret set');
  expect(stderr).toContain('stopping on SIGTERM');
});

it('tells how busy the processor was once there is a reading to compare with', async () => {
  const agent = setup({ env: LOCAL });
  const port = await agent.listening;
  const cpus = async () => JSON.parse((await ask(port, '/metrics')).body).cpus;
  for (let attempt = 0; attempt < 100 && (await cpus()).average_usage === null; attempt += 1) await sleep(50);
  const { average_usage, usage_window_s } = await cpus();
  expect(average_usage).toBeGreaterThanOrEqual(0);
  expect(average_usage).toBeLessThanOrEqual(100);
  expect(usage_window_s).toBeGreaterThanOrEqual(1);
});

it('is not disturbed by more signals', async () => {
  const agent = setup({ env: LOCAL });
  await agent.listening;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) agent.child.kill(signal);
  expect(await agent.ended).toMatchObject({ code: 0, signal: null });
});

it('reads AGENT_ variables from .env and another root, and says no secret', async () => {
  const dotenv = 'AGENT_SECRET=hush-hush\nAGENT_PORT=1\nNODE_ENV=x\n';
  const agent = setup({ dotenv, env: LOCAL, args: ['--root', fixtureRoot('container-without-sensors')] });
  const port = await agent.listening;
  expect((await ask(port, '/metrics')).status).toBe(401);
  const { body } = await ask(port, '/metrics', { headers: { 'X-MONITORING-SECRET': 'hush-hush' } });
  expect(JSON.parse(body)).toMatchObject({
    system: { host_name: 'c0ffee' },
    components: { average_temperature: null, components: [] },
  });
  agent.child.kill('SIGINT');
  const { stderr, stdout } = await agent.ended;
  expect(stderr + stdout).not.toContain('hush');
  expect(stderr).not.toContain('warning');
});

it('exits with 1 when the port is taken', async () => {
  const first = setup({ env: LOCAL });
  const port = await first.listening;
  const { code, stderr } = await setup({ env: { ...LOCAL, AGENT_PORT: String(port) } }).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(
    `guardia-agent: cannot listen on 127.0.0.1 port ${port}: another program listens there`,
  );
});

it('exits with 2 and a sentence for wrong settings', async () => {
  const { code, stderr } = await setup({ args: ['--port', '70000'] }).ended;
  expect(code).toBe(2);
  expect(stderr).toBe('guardia-agent: --port: "70000", must be a whole number from 0 to 65535\n');
});

it.each([
  ['--help', /Usage: guardia-agent[\s\S]*Example:/],
  ['--version', /^guardia-agent \d+\.\d+\.\d+\n$/],
])('prints for %s', async (flag, text) => {
  const { code, stdout } = await setup({ args: [flag] }).ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(text);
});

it('refuses to run open beside a .env that it cannot read', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'guardia-agent-'));
  folders.push(cwd);
  symlinkSync('.env', join(cwd, '.env')); // a loop: unreadable even for root
  const agent = startAgentProcess({ cwd, env: LOCAL });
  processes.push(agent);
  const { code, stderr } = await agent.ended;
  expect(code).toBe(2);
  expect(stderr).toContain('guardia-agent: .env: ELOOP');
});

it('loads nothing of hub, mesh, db, series, kernel or zod', async () => {
  // Every module that Node resolves is told on standard output, before the agent's first.
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      const found = next(name, context);
      process.stdout.write(found.url + '\\n');
      return found;
    } });`;
  const agent = setup({
    env: LOCAL,
    nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(hook)}`],
  });
  await ask(await agent.listening, '/metrics');
  agent.child.kill('SIGTERM');
  const loaded = (await agent.ended).stdout.trim().split('\n');
  expect(loaded.some((url) => url.endsWith('/agent/src/linux/linux-readings.ts'))).toBe(true);
  const foreign = loaded.filter((url) => !url.startsWith('node:') && !url.includes('/packages/agent/'));
  expect(foreign).toEqual([]);
});
