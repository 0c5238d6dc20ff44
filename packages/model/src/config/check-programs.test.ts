// What is said of notifiers whose program can't be started, over real files.
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { configOf } from './test/load-text.ts';

async function setup() {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-programs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'page');
  await writeFile(file, '#!/bin/sh\n');
  return { folder, file };
}

/** The warnings of a file with one program. */
async function warningsOf(command: string): Promise<readonly string[]> {
  const alerts = `alerts: { page: { exec: { command: ${JSON.stringify(command)}, args: [hunter2] } } }`;
  const service = 'services: [{ name: s, url: "http://s", alert: page }]';
  return (await configOf(`storage: { backend: sqlite }\n${alerts}\n${service}`)).warnings;
}

const told = (command: string, reason: string) => [
  `alerts.page.exec.command: value ${JSON.stringify(command)}; ${reason}; until that is mended nobody is told by this notifier`,
];

test('a program that can be started is fine, behind a link too', async () => {
  const { folder, file } = await setup();
  await chmod(file, 0o755);
  await symlink(file, join(folder, 'link'));
  expect(await warningsOf(file)).toEqual([]);
  expect(await warningsOf(join(folder, 'link'))).toEqual([]);
});

test('one that is not there, not executable or no file is told with its place and the reason', async () => {
  const { folder, file } = await setup();
  const gone = join(folder, 'pgae');
  expect(await warningsOf(gone)).toEqual(told(gone, 'there is no such program on this machine'));
  expect(await warningsOf(join(file, 'x'))).toEqual(
    told(join(file, 'x'), 'there is no such program: a part of its path is no folder'),
  );
  expect(await warningsOf(folder)).toEqual(told(folder, 'it is no file'));
  await chmod(file, 0o644);
  expect(await warningsOf(file)).toEqual(
    told(file, 'it may not be executed by the account that this runs as'),
  );
  await symlink(join(folder, 'loop'), join(folder, 'loop'));
  expect(await warningsOf(join(folder, 'loop'))).toEqual(
    told(join(folder, 'loop'), 'its path has links that lead in a circle'),
  );
});

test('one in place of a notifier goes by the name that it is given', async () => {
  const text = `storage: { backend: sqlite }
services: [{ name: s, url: "http://s", alert: { exec: { command: /nowhere/page } } }]`;
  const { notifiers, warnings } = await configOf(text);
  expect(warnings).toEqual([expect.stringContaining(`alerts.${notifiers[0]!.name}.exec.command: `)]);
});
