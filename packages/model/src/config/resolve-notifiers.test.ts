// Notifiers of every kind with their defaults, their secrets from files, and the names of those that are written in
// place of a name.
import { describe, expect, test } from 'vitest';
import { configOf } from './test/load-text.ts';

const LEAVING = { groupWaitMs: 5_000, groupBy: ['group'], maxPerMinute: null };

async function notifiersOf(alerts: string, files: Readonly<Record<string, string>> = {}) {
  return (await configOf(`alerts:\n${alerts}`, { files })).notifiers;
}

describe('each kind', () => {
  test.each<[string, string, object]>([
    [
      'webhook',
      '{ url: "https://hook.example.org" }',
      { url: 'https://hook.example.org', format: 'guardia', template: null, secret: null },
    ],
    [
      'slack',
      '{ url: "https://slack.example.org/x" }',
      { url: 'https://slack.example.org/x', channel: null },
    ],
    [
      'telegram',
      '{ token: "1:a-b", chat_id: -100123 }',
      { token: '1:a-b', chatId: '-100123', threadId: null, apiUrl: 'https://api.telegram.org' },
    ],
    ['ntfy', '{ url: "https://ntfy.sh/ops" }', { url: 'https://ntfy.sh/ops', token: null }],
    ['gotify', '{ url: "https://g.example.org", token: t }', { url: 'https://g.example.org', token: 't' }],
    ['pagerduty', '{ routing_key: k }', { routingKey: 'k', apiUrl: 'https://events.pagerduty.com' }],
    [
      'opsgenie',
      '{ api_key: k, api_url: "https://api.eu.opsgenie.com" }',
      { apiKey: 'k', apiUrl: 'https://api.eu.opsgenie.com' },
    ],
    [
      'email',
      '{ host: Mail.example.org, from: "Guardia <g@example.org>", to: a@example.org }',
      {
        host: 'mail.example.org',
        port: 587,
        security: 'starttls',
        user: null,
        password: null,
        from: 'Guardia <g@example.org>',
        to: ['a@example.org'],
      },
    ],
    [
      'alertmanager',
      '{ url: "https://am.example.org", labels: { site: eu } }',
      { url: 'https://am.example.org', labels: { site: 'eu' } },
    ],
    [
      'matrix',
      '{ url: "https://m.example.org", room_id: "!a:m.example.org", token: t }',
      { url: 'https://m.example.org', roomId: '!a:m.example.org', token: 't' },
    ],
    ['teams', '{ url: "https://teams.example.org/x" }', { url: 'https://teams.example.org/x' }],
    [
      'pushover',
      '{ token: t, user: u }',
      { token: 't', user: 'u', device: null, apiUrl: 'https://api.pushover.net' },
    ],
    [
      'exec',
      '{ command: /usr/local/bin/page, args: [--to, ops] }',
      { command: '/usr/local/bin/page', args: ['--to', 'ops'], timeoutMs: 10_000 },
    ],
  ])('%s', async (type, settings, resolved) => {
    const notifiers = await notifiersOf(`  ops: { ${type}: ${settings} }`);
    expect(notifiers).toEqual([{ type, name: 'ops', ...resolved, ...LEAVING }]);
  });

  test('takes how its messages leave', async () => {
    const settings = 'group_wait: 0, group_by: [rule, target, rule], max_per_minute: 30';
    const [ops] = await notifiersOf(`  ops: { webhook: { url: "https://a" }, ${settings} }`);
    expect(ops).toMatchObject({ groupWaitMs: 0, groupBy: ['rule', 'target'], maxPerMinute: 30 });
  });

  test.each([
    ['tls', 465],
    ['none', 25],
  ])('email finds the port of %s', async (security, port) => {
    const [ops] = await notifiersOf(
      `  ops: { email: { host: m, from: a@b, to: [c@d], security: ${security} } }`,
    );
    expect(ops).toMatchObject({ security, port });
  });

  test('reads its secrets, and a template, from files', async () => {
    const alerts = `
  slack: { slack: { url_file: a } }
  teams: { teams: { url_file: a } }
  am: { alertmanager: { url_file: a } }
  telegram: { telegram: { token_file: b, chat_id: "@ops" } }
  pagerduty: { pagerduty: { routing_key_file: a } }
  opsgenie: { opsgenie: { api_key_file: a } }
  pushover: { pushover: { token_file: a, user_file: b } }
  email: { email: { host: m, from: a@b, to: c@d, user: u, password_file: a } }
  hook: { webhook: { url: "https://a", format: template, template_file: c } }
`;
    const files = { a: 'https://secret\n', b: '12:x\n', c: '{\n "text": "{{text}}"\n}\n' };
    expect(await notifiersOf(alerts, files)).toMatchObject([
      { url: 'https://secret' },
      { url: 'https://secret' },
      { url: 'https://secret' },
      { token: '12:x', chatId: '@ops' },
      { routingKey: 'https://secret' },
      { apiKey: 'https://secret' },
      { token: 'https://secret', user: '12:x' },
      { password: 'https://secret' },
      { template: '{\n "text": "{{text}}"\n}' },
    ]);
  });
});

describe('a notifier in place of a name', () => {
  const nameOf = async (notifier: string) =>
    (await configOf(`services: [{ name: s, url: "http://s", alert: ${notifier} }]`)).services[0]?.alert;

  // Names are in stored rows.
  test.each([
    ['{ discord: { url: "https://discord.example.org/one", user_id: "12  &34" } }', 'discord-da8af454'],
    ['{ webhook: { url: "https://hook.example.org" } }', 'webhook-7a46e3de'],
    ['{ webhook: { url: "https://hook.example.org", secret: k } }', 'webhook-950b8f79'],
  ])('%s is named %s for good', async (notifier, name) => {
    expect(await nameOf(notifier)).toEqual([name]);
  });

  test('has another name when anything is set otherwise', async () => {
    const url = 'url: "https://hook.example.org"';
    const names = await Promise.all(
      [
        `{ webhook: { ${url} } }`,
        `{ webhook: { ${url} }, group_wait: 5s }`,
        `{ webhook: { ${url}, format: template, template: a } }`,
        `{ webhook: { ${url}, format: template, template: b } }`,
        `{ gotify: { ${url}, token: a } }`,
        `{ gotify: { ${url}, token: b } }`,
      ].map(nameOf),
    );
    expect(new Set(names.flat()).size).toBe(names.length);
  });

  test('may stand in a step of escalation', async () => {
    const step = '{ after: 10m, alert: { ntfy: { url: "https://ntfy.sh/ops" } } }';
    const { services, notifiers } = await configOf(
      `services: [{ name: s, url: "http://s", escalation: [${step}] }]`,
    );
    expect(services[0]?.escalation).toEqual([{ afterMs: 600_000, alert: [notifiers[0]?.name] }]);
    expect(notifiers[0]?.name).toMatch(/^ntfy-[0-9a-f]{8}$/);
  });
});
