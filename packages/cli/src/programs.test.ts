// Every program that the package installs, started as npm links it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

it.each(Object.entries(manifest.bin))('%s starts and prints its help with an example', (_name, file) => {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [path, '--help'], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toContain('Example:');
});
