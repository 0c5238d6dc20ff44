// The generated files are what the schema says, and the examples are right.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { configJsonSchema, configKeyTable } from './json-schema.ts';
import { loadConfigFile } from './load.ts';
import { linesOf } from './test/load-text.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const EXAMPLES = join(ROOT, 'examples');

describe('the JSON Schema', () => {
  test('in the repository is up to date, and so is the table in the guide', async () => {
    const check = promisify(execFile)(process.execPath, ['scripts/config-schema.ts', '--check'], {
      cwd: ROOT,
    });
    await expect(check).resolves.toMatchObject({ stderr: '' });
  });

  test('wants either a secret or the file that holds it, and allows comments', () => {
    const { properties, patternProperties, additionalProperties } = configJsonSchema();
    expect({ patternProperties, additionalProperties }).toEqual({
      patternProperties: { '^_': {} },
      additionalProperties: false,
    });
    expect(properties?.api).toMatchObject({ properties: { tokens: { items: { required: ['name'] } } } });
  });

  test('describes every key', () => {
    const rows = configKeyTable().split('\n').slice(2);
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows) expect(row).toMatch(/^\| `[^`]+` \| [^|]+ \| [^|]+ \|$/);
  });
});

const ENV = { DISCORD_URL: 'https://discord.example.org/1', AGENT_SECRET: 'agent' };
const SECRETS = [
  'dashboard-token',
  'on-call-token',
  'deploy-token',
  'discord-url',
  'webhook-key',
  'agent-secret',
  'db-1-exporter',
  'webhook-url',
  'on-call-key',
  'backup-token',
  'mail-password',
  'hook-template',
];

/** Most may be any text. */
function secretOf(name: string): string {
  return name === 'backup-token' ? '0123456789abcdef\n' : 'https://secret.example.org\n';
}

async function exampleFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-examples-'));
  await cp(EXAMPLES, folder, { recursive: true });
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'database-url'), 'postgres://hub:secret@db/guardia\n');
  for (const name of SECRETS) await writeFile(join(folder, 'secrets', name), secretOf(name));
  return folder;
}

describe('the examples', () => {
  test('all load', async () => {
    const folder = await exampleFolder();
    const names = (await readdir(EXAMPLES)).filter((name) => /\.(yaml|toml|json)$/.test(name)).sort();
    const loaded = await Promise.all(names.map((name) => loadConfigFile(join(folder, name), { env: ENV })));
    await rm(folder, { recursive: true });
    const least = ['homelab.toml', 'minimal.yaml', 'original.json', 'production.yaml'];
    expect(names).toEqual(expect.arrayContaining(least));
    expect(loaded.flatMap(linesOf)).toEqual([]);
  });

  test('in the form of the original keep their meaning', async () => {
    const loaded = await loadConfigFile(join(EXAMPLES, 'original.json'), { env: {} });
    const config = loaded.ok ? loaded.config : undefined;
    expect(config?.servers.map(({ alias, intervalMs }) => [alias, intervalMs])).toEqual([
      ['192.168.1.100:3000', 30_000],
      ['192.168.1.101:51243', 15_000],
    ]);
    expect(config?.servers[0]?.limits).toMatchObject({
      temperature: { limit: 75, grace: 3, alert: ['ops'] },
      usage: { limit: 80, grace: 5, alert: [expect.stringMatching(/^webhook-/)] },
    });
    expect(config?.services[0]?.check).toMatchObject({
      expectedStatus: [
        { from: 200, to: 200 },
        { from: 204, to: 204 },
      ],
    });
    expect(config?.services[1]?.check).toMatchObject({ type: 'http', bodyPattern: 'Welcome' });
    expect(config?.notifiers).toHaveLength(4);
  });
});

test('every YAML block of the guide loads', async () => {
  const guide = await readFile(join(ROOT, 'docs', 'configuration.md'), 'utf8');
  const blocks = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!);
  expect(blocks.length).toBeGreaterThan(2);
  const folder = await exampleFolder();
  const loaded = await Promise.all(
    blocks.map(async (text, i) => {
      const file = join(folder, `block-${i}.yaml`);
      await writeFile(file, text);
      return loadConfigFile(file, { env: {} });
    }),
  );
  await rm(folder, { recursive: true });
  expect(loaded.flatMap(linesOf)).toEqual([]);
});

test('every link of the guide leads to a file', async () => {
  const guide = await readFile(join(ROOT, 'docs', 'configuration.md'), 'utf8');
  const links = [...guide.matchAll(/\]\((\.\.\/[^)#]+)\)/g)].map((match) => join(ROOT, 'docs', match[1]!));
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) await expect(readFile(link)).resolves.toBeDefined();
});
