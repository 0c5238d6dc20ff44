// That no secret of a configuration is ever logged or answered, wherever it stands and whatever repeats it. The hub here starts,
// fails to check and to tell, is reloaded rightly and wrongly, and stops; single texts are tested beside their code.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FarSide, freePort, startFarSide } from '@guardia/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runHub } from './run-hub.ts';
import { testFolder, writeConfig } from './test/config.ts';
import { until } from './test/hub-bench.ts';

const API_TOKEN = 'zksecret-api-token-0123456789';
const PATHS = [
  'servers',
  'exporters',
  'services',
  'alerts',
  'alerts/history',
  'deliveries',
  'notifiers',
  'stats',
  'system',
  'series?match=probe_success',
  'services/basic/checks',
  'health',
  'timeline',
  'silences',
];

/** Repeats all that it is sent, as the error pages of some servers do, and never does what is wanted. */
async function echo(): Promise<FarSide> {
  const farSide = await startFarSide({
    script: ({ path, headers, body }) => ({
      status: 400,
      headers: { 'x-path': encodeURI(path) },
      body: JSON.stringify({ error: `${path} ${JSON.stringify(headers)} ${body}`, description: path }),
    }),
  });
  onTestFinished(() => farSide.stop());
  return farSide;
}

/** Every kind of notifier with all its secrets, except exec, which has none. */
function notifiers(url: string) {
  const [, port] = /:(\d+)$/.exec(url)!;
  return {
    discord: { discord: { url: `${url}/api/webhooks/1/zksecret-discord` } },
    webhook: {
      webhook: {
        url: `http://user:zksecret-in-url@127.0.0.1:${port}/zksecret-path`,
        secret: 'zksecret-hmac',
      },
    },
    slack: { slack: { url: `${url}/services/zksecret-slack` } },
    telegram: { telegram: { token: '123456:zksecret-telegram', chat_id: '-1', api_url: url } },
    ntfy: { ntfy: { url: `${url}/topic`, token: 'zksecret-ntfy' } },
    gotify: { gotify: { url, token: 'zksecret-gotify' } },
    pagerduty: { pagerduty: { routing_key: 'zksecret-pagerduty', api_url: url } },
    opsgenie: { opsgenie: { api_key: 'zksecret-opsgenie', api_url: url } },
    email: {
      email: {
        host: '127.0.0.1',
        port: Number(port),
        security: 'starttls',
        user: 'ana',
        password: 'zksecret-mail',
        from: 'a@example.org',
        to: 'b@example.org',
      },
    },
    alertmanager: { alertmanager: { url: `http://user:zksecret-am@127.0.0.1:${port}/` } },
    matrix: { matrix: { url, room_id: '!a:example.org', token: 'zksecret-matrix' } },
    teams: { teams: { url: `${url}/webhook/zksecret-teams` } },
    pushover: { pushover: { token: 'zksecret-app', user: 'zksecret-user', api_url: url } },
  };
}

/** Each fails, and quotes what it got. */
function services(url: string) {
  const alert = { grace: 1, interval: 1, timeout: '500ms' };
  return [
    {
      name: 'basic',
      url: `${url}/?key=zksecret-query`,
      basic_auth: { username: 'ana', password: 'zksecret-basic' },
      ...alert,
    },
    {
      name: 'bearer',
      url,
      bearer_token: 'zksecret-bearer',
      headers: { 'x-api-key': 'zksecret-header' },
      ...alert,
    },
    {
      name: 'body',
      url,
      method: 'POST',
      body: 'pin=zksecret-body',
      expected_status: [400],
      body_pattern: 'never there',
      ...alert,
    },
    { name: 'url', url: url.replace('http://', 'http://ana:zksecret-url@'), ...alert },
    { name: 'redis', type: 'redis', url: url.replace('http://', 'redis://:zksecret-redis@'), ...alert },
    { name: 'push', type: 'push', token: 'zksecret-push-0123456789', ...alert },
  ];
}

/** Runs the program in this process, and keeps all that it writes. */
async function run(config: object) {
  const port = await freePort();
  const folder = testFolder();
  const storage = { backend: 'sqlite', path: join(folder, 'guardia.db') };
  const file = writeConfig(folder, { storage, api: { port, auth_token: API_TOKEN }, ...config });
  let output = '';
  const write = (text: string): void => {
    output += text;
  };
  const spies = [process.stderr, process.stdout].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      write(String(text));
      return true;
    }),
  );
  const before = new Set([...process.listeners('SIGTERM'), ...process.listeners('SIGHUP')]);
  const added = (name: 'SIGTERM' | 'SIGHUP') => process.listeners(name).filter((each) => !before.has(each));
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
    for (const name of ['SIGTERM', 'SIGHUP'] as const)
      for (const listener of added(name)) process.off(name, listener);
  });
  const code = runHub({ file, logLevel: 'trace', logFormat: 'json', write });
  const ask = async (path: string, method = 'GET') => {
    const headers = { authorization: `Bearer ${API_TOKEN}` };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { method, headers });
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.text();
  };
  return {
    code,
    ask,
    output: () => output,
    printed: (text: string) => until(`${text} in the log`, () => output.includes(text)),
    signal: (name: 'SIGTERM' | 'SIGHUP') => {
      for (const listener of added(name)) listener(name);
    },
    edit: (change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, 'utf8'))),
  };
}

/** What stands around each secret, so that a failure says where it came from. */
function leaks(text: string): string[] {
  return [...text.matchAll(/.{0,80}zksecret.{0,40}/gs)].map(([around]) => around);
}

test('secrets logged with the configuration: none is, nor is one in an answer of the API', async () => {
  const { url } = await echo();
  const kinds = notifiers(url);
  const alerts = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, { ...kind, group_wait: 0 }]),
  );
  const hub = await run({
    servers: [{ ip: '127.0.0.1', port: Number(new URL(url).port), token: 'zksecret-agent', interval: 1 }],
    exporters: [{ name: 'node', url: `${url}/metrics`, bearer_token: 'zksecret-exporter', interval: 1 }],
    defaults: { service: { alert: Object.keys(alerts) } },
    services: services(url),
    alerts,
  });
  await hub.printed('hub started');
  const tried = async () => {
    const { deliveries } = JSON.parse(await hub.ask('deliveries?limit=1000')) as {
      deliveries: { notifier: string; attempts: number; last_error: string | null }[];
    };
    const failed = deliveries.filter(({ last_error }) => last_error !== null);
    const names = new Set(failed.map(({ notifier }) => notifier));
    // Mail is silent where the far side speaks HTTP.
    return names.size >= Object.keys(alerts).length - 1;
  };
  await until('each notifier to have failed', tried);
  const answers: string[] = [];
  for (const path of PATHS) answers.push(await hub.ask(path));
  // Mail would wait for a greeting.
  const others = Object.keys(alerts).filter((name) => name !== 'email');
  for (const name of others) answers.push(await hub.ask(`notifiers/${name}/test`, 'POST'));
  for (const { name } of services(url)) answers.push(await hub.ask(`services/${name}`));
  for (const name of ['basic', 'bearer', 'body'])
    answers.push(await hub.ask(`services/${name}/check`, 'POST'));

  hub.edit((text) => text.replaceAll('zksecret-', 'zksecret-new-'));
  hub.signal('SIGHUP');
  await hub.printed('configuration reloaded');
  hub.edit((text) => text.replace('"zksecret-new-hmac"', '["zksecret-wrong"]').replace('"123456:', '"'));
  hub.signal('SIGHUP');
  await hub.printed('telegram.token');
  hub.signal('SIGTERM');
  expect(await hub.code).toBe(0);
  expect(leaks(hub.output())).toEqual([]);
  expect(leaks(answers.join('\n'))).toEqual([]);
});
