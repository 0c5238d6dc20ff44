// The hub's own network goes away while every target is well: a real hub in a network namespace says once that it can't see,
// and once that it can again. How that is judged is tested beside the code; here it is the kernel that loses the link.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { writeConfig } from './hub.ts';
import { Bench, type Program, until } from './programs.ts';

/** Of iproute2, which every Debian has. */
const IP = 'ip';
const mayIsolate = tries(IP, '-V') && tries('unshare', '--net', 'true');
if (!mayIsolate)
  console.warn(
    'SKIPPED: taking the network from under a hub needs iproute2, and root to make network namespaces',
  );

const GUARDIA = fileURLToPath(new URL('../../packages/cli/src/guardia.ts', import.meta.url));
const HUB = `guardia-hub-${process.pid}`;
const FAR = `guardia-far-${process.pid}`;
const API_PORT = 8080;
const HOOK_PORT = 8081;
const SITES = ['10.77.0.11', '10.77.0.12', '10.77.0.13', '10.77.0.14'];
const AGENTS = ['10.77.0.21'];

/** Prints each message that it is sent. */
const HOOK = `require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; }).on('end', () => {
    console.log(body);
    response.end();
  });
}).listen(${HOOK_PORT}, '127.0.0.1', () => console.log('hook is there'));`;

const SITE = `require('node:http').createServer((_, response) => response.end('well'))
  .listen(80, '0.0.0.0', () => console.log('sites are there'));`;

let bench: Bench | undefined;
let namespaces: string[] = [];
afterEach(async () => {
  await bench?.close();
  for (const name of namespaces) ip('netns', 'del', name);
  namespaces = [];
});

function tries(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function ip(...args: readonly string[]): void {
  execFileSync(IP, args);
}

/** Two machines, each a namespace, and one cable between them. */
function layCable(): void {
  for (const name of [HUB, FAR]) {
    ip('netns', 'add', name);
    namespaces.push(name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  ip('-n', HUB, 'link', 'add', 'hub0', 'type', 'veth', 'peer', 'name', 'far0', 'netns', FAR);
  ip('-n', HUB, 'address', 'add', '10.77.0.1/24', 'dev', 'hub0');
  for (const address of [...SITES, ...AGENTS])
    ip('-n', FAR, 'address', 'add', `${address}/24`, 'dev', 'far0');
  ip('-n', HUB, 'link', 'set', 'hub0', 'up');
  ip('-n', FAR, 'link', 'set', 'far0', 'up');
}

/** Runs Node with these arguments in a namespace. */
function within(namespace: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  return bench!.command(IP, ['netns', 'exec', namespace, process.execPath, ...args], env);
}

/** What stands between a target and `up` in the hub's API, asked on its own machine. */
const TROUBLED = `const get = async (path) => (await fetch('http://127.0.0.1:${API_PORT}/api/v1' + path)).json();
  const { servers } = await get('/servers');
  const { services } = await get('/services');
  const all = [...servers.map((s) => s.health_status), ...services.map((s) => s.status)];
  console.log(all.filter((status) => status !== 'up').length);`;

async function untilAllAreUp(): Promise<void> {
  const args = ['netns', 'exec', HUB, process.execPath, '--input-type=module', '-e', TROUBLED];
  await until('every target to be up', async () => {
    const answer = await promisify(execFile)(IP, args).catch(() => undefined);
    return answer?.stdout === '0\n';
  });
}

async function setup() {
  bench = new Bench();
  layCable();
  const hook = within(HUB, ['-e', HOOK]);
  const sites = within(FAR, ['-e', SITE]);
  const agents = AGENTS.map((address) =>
    within(FAR, [GUARDIA, 'agent', '--addr', address, '--port', '51243'], { AGENT_SECRET: 's' }),
  );
  await hook.printed(/hook is there/);
  await sites.printed(/sites are there/);
  for (const agent of agents) await agent.printed(/listens on/);
  const told = { grace: 1, alert: 'hook' };
  const config = writeConfig(bench, API_PORT, {
    alerts: { hook: { webhook: { url: `http://127.0.0.1:${HOOK_PORT}/` } } },
    servers: AGENTS.map((address) => ({
      ip: address,
      port: 51243,
      token: 's',
      interval: 2,
      limits: { unreachable: told },
    })),
    services: SITES.map((address) => ({
      name: `site ${address}`,
      url: `http://${address}/`,
      interval: 2,
      timeout: 1.9,
      ...told,
    })),
  });
  return { hook, hub: within(HUB, [GUARDIA, 'hub', '-f', config]) };
}

/** What the hook was told, oldest first. */
function toldOf(hook: Program): readonly string[] {
  return hook.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      const { event, alert, alerts } = JSON.parse(line) as Told & {
        alert: { rule: string };
        alerts?: Told[];
      };
      return (alerts ?? [{ event, rule: alert.rule }]).map((each) => `${each.event} ${each.rule}`);
    });
}

interface Told {
  readonly event: string;
  readonly rule: string;
}

/** The hub's own end of the cable: nothing has a route any more. The far end: what is sent gets no answer; in long runs. */
const CUTS = [[HUB, 'hub0'] as const, [FAR, 'far0'] as const].slice(
  0,
  process.env.GUARDIA_KILL_ROUNDS === undefined ? 1 : 2,
);

describe.runIf(mayIsolate)('rule 4: a hub without its network', () => {
  it.each(CUTS)(
    'says once that it is blind and nothing else, and once that it sees (%s %s)',
    {
      timeout: 240_000,
    },
    async (machine, link) => {
      const { hook, hub } = await setup();
      await untilAllAreUp();
      ip('-n', machine, 'link', 'set', link, 'down');
      await until('the hub to say that it is blind', () => toldOf(hook).length > 0);
      ip('-n', machine, 'link', 'set', link, 'up');
      await until('the hub to say that it sees', () => toldOf(hook).length > 1);
      await untilAllAreUp();
      expect((await hub.stop()).code).toBe(0);
      expect(toldOf(hook)).toEqual(['alert_fired hub_blind', 'alert_resolved hub_blind']);

      const state = new DatabaseSync(join(bench!.folder, 'guardia.db'), { readOnly: true });
      const fired = state.prepare('select rule from alerts where fired_at is not null').all();
      const open = state.prepare("select rule from alerts where state <> 'resolved'").all();
      state.close();
      expect([fired, open]).toEqual([[{ rule: 'hub_blind' }], []]);
    },
  );
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(mayIsolate).toBe(true);
});
