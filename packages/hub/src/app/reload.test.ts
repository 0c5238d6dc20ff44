import { diffConfig } from '@guardia/model';
import { expect, test } from 'vitest';
import { describeChanges } from './reload.ts';
import { loadedConfig } from './test/config.ts';

async function changes(before: object, after: object): Promise<readonly string[]> {
  return describeChanges(diffConfig(await loadedConfig(before), await loadedConfig(after)));
}

const SERVER = { ip: '10.0.0.5' };
const HOOK = { webhook: { url: 'http://127.0.0.1:9/' } };

test('says that nothing changed', async () => {
  const same = { storage: { backend: 'memory' }, servers: [SERVER] };
  expect(await changes(same, same)).toEqual(['nothing changed']);
});

test('names what was added, removed and changed', async () => {
  const before = {
    servers: [SERVER, { ip: '10.0.0.6' }, { ip: '10.0.0.7' }],
    services: [{ name: 'shop', url: 'http://a.example/' }],
    alerts: { ops: HOOK },
  };
  const after = {
    servers: [{ ...SERVER, interval: 30 }, { ip: '10.0.0.6' }, { ip: '10.0.0.8' }, { ip: '10.0.0.9' }],
    services: [{ name: 'shop', url: 'http://b.example/' }],
    alerts: { night: HOOK },
  };
  expect(await changes(before, after)).toEqual([
    'servers added: 10.0.0.8:51243, 10.0.0.9:51243',
    'servers removed: 10.0.0.7:51243',
    'servers changed: 10.0.0.5:51243',
    'services changed: shop',
    'notifiers added: night',
    'notifiers removed: ops',
  ]);
});

test('names settings, and which of them wait for the next start', async () => {
  const storage = { backend: 'sqlite', path: '/tmp/a.db' };
  const lines = await changes(
    { storage, api: { port: 8080 } },
    { storage: { ...storage, retention_days: 7 }, api: { port: 8081, enable_cors: true } },
  );
  expect(lines).toEqual([
    expect.stringMatching(/^api changed: .*enableCors/),
    expect.stringMatching(/^storage changed: .*retention/),
    expect.stringMatching(/port takes effect at the next start$/),
  ]);
});

test('tells no secret', async () => {
  const secret = 'correct-horse-battery';
  const lines = await changes(
    { servers: [{ ...SERVER, token: 'old' }], alerts: { ops: HOOK } },
    {
      servers: [{ ...SERVER, token: secret }],
      alerts: { ops: { webhook: { url: `http://127.0.0.1:9/${secret}` } } },
      api: { auth_token: secret },
    },
  );
  expect(lines.length).toBe(3);
  expect(lines.join('\n')).not.toContain(secret);
});
