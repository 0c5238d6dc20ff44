import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfigFile } from '@guardia/model';
import { createLog, Hub } from '@guardia/hub';
import { systemClock } from '@guardia/kernel';
import { describe, expect, test } from 'vitest';
import { fileWith, guardia } from '../test/run.ts';

const SQLITE = 'storage: { backend: sqlite, path: ./guardia.db }\nservers: []\n';
const POSTGRES = 'storage: { backend: postgres, url: "postgres://nobody@127.0.0.1:1/none" }\nservers: []\n';

/** The configuration of a hub that ran once. */
async function ran(): Promise<string> {
  const file = fileWith('guardia.yaml', SQLITE);
  const loadConfig = () => loadConfigFile(file, { env: {} });
  const loaded = await loadConfig();
  if (!loaded.ok) throw new Error('the configuration is wrong');
  const config = { ...loaded.config, api: { ...loaded.config.api, port: 0 } };
  const log = createLog({ level: 'silent', format: 'json' });
  const hub = new Hub({ config, loadConfig, clock: systemClock, log });
  await hub.start();
  await hub.stop();
  return file;
}

test('a backup is written once, and restored over databases only with --replace', async () => {
  const file = await ran();
  const to = join(dirname(file), 'backup.tar');
  expect(await guardia('backup', to, '-f', file)).toMatchObject({ code: 0 });
  expect(await guardia('backup', to, '-f', file)).toMatchObject({
    code: 1,
    stderr: `${to} is there already; name a file that is not.\n`,
  });
  expect(await guardia('restore', to, '-f', file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--replace'),
  });
  expect(await guardia('restore', to, '-f', file, '--replace')).toMatchObject({ code: 0 });
});

describe('ends with 1 and one line', () => {
  const nowhere = () => join(dirname(fileWith('x', '')), 'nothere');
  const folder = () => {
    const path = nowhere();
    mkdirSync(path);
    return path;
  };

  test.each([
    ['a backup that is not there', nowhere, SQLITE, /nothere isn't there\. Check the path\.\n$/],
    ['a folder', folder, SQLITE, /EISDIR[^\n]*Name a file, not a folder\.\n$/],
    ['a server', nowhere, POSTGRES, /^storage\.backend is postgres: restore it with pg_restore[^\n]*\n$/],
  ])('to restore %s', async (_name, from, config, says) => {
    const { code, stderr } = await guardia('restore', from(), '-f', fileWith('guardia.yaml', config));
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)]);
  });
});
