import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { fileWith, guardia } from '../test/run.ts';

const GATUS = `
endpoints:
  - { name: shop, url: "http://shop.example", conditions: ["[STATUS] == 200"] }
  - { name: old, url: "udp://shop.example:1", conditions: ["[CONNECTED] == true"] }
  - { name: older, url: "udp://shop.example:2", conditions: ["[CONNECTED] == true"] }
`;

test('writes a configuration, and tells what came of each thing', async () => {
  const file = fileWith('config.yaml', GATUS);
  const { code, stdout, stderr } = await guardia('import', 'gatus', file);
  expect(code).toBe(0);
  expect(stdout).toBe(
    `# From configuration of Gatus ${file}, by guardia import. It may hold secrets: keep it from others.\n` +
      '\nservices:\n  - name: shop\n    url: http://shop.example\n    expected_status:\n      - 200\n    interval: 1m\n',
  );
  expect(stderr).toBe(
    `configuration of Gatus ${file}: mapped services 1\n\nleft out (2):\n` +
      '  there is no check of type udp. Have it report with type push, or check its TCP port with type tcp or tls where it has one.\n    endpoint "old"\n    endpoint "older"\n',
  );
});

test('writes a file for its owner alone, and replaces one with --force only', async () => {
  const file = fileWith('config.yaml', GATUS);
  const output = join(dirname(file), 'guardia.yaml');
  writeFileSync(output, 'mine', { mode: 0o644 });
  expect(await guardia('import', 'gatus', file, '-o', output)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `${output} is there already; name another, or give --force.\n`,
  });
  expect(readFileSync(output, 'utf8')).toBe('mine');
  expect(await guardia('import', 'gatus', file, '-o', output, '--force')).toMatchObject({
    code: 0,
    stdout: '',
  });
  expect(readFileSync(output, 'utf8')).toContain('name: shop');
  expect(statSync(output).mode & 0o777).toBe(0o600);
  expect(await guardia('check-config', output)).toMatchObject({ code: 0 });
});

test('a folder that is not there ends with 1, a file that is not there with 2', async () => {
  const file = fileWith('config.yaml', GATUS);
  const nowhere = join(dirname(file), 'nowhere', 'x.yaml');
  expect(await guardia('import', 'gatus', file, '-o', nowhere)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/ENOENT.*Check the path\.\n$/),
  });
  expect(await guardia('import', 'gatus', nowhere)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/nowhere.*Check the path\.\n$/),
  });
});

test.each(['uptime-kuma', 'gatus', 'blackbox'])('import %s --help shows an example', async (kind) => {
  const { code, stdout } = await guardia('import', kind, '--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`Example:\\n {2}guardia import ${kind} `));
});

test('no program, or one that is not known, ends with 2', async () => {
  expect(await guardia('import')).toMatchObject({ code: 2 });
  expect(await guardia('import', 'nagios', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/nagios/),
  });
});
