import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { finite, finiteColumns, KernelFiles } from './kernel-files.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function setup() {
  const root = mkdtempSync(join(tmpdir(), 'guardia-kernel-files-'));
  folders.push(root);
  mkdirSync(join(root, 'proc'));
  const write = (name: string, text: string) => writeFileSync(join(root, 'proc', name), text);
  return { root, write, files: new KernelFiles(root) };
}

it('reads the present content through a handle that stays open', () => {
  const { root, write, files } = setup();
  write('x', 'first');
  expect(files.text('/proc/x')).toBe('first');
  write('x', 'second, longer');
  expect(files.text('/proc/x')).toBe('second, longer');
  write('other', 'other');
  renameSync(join(root, 'proc/other'), join(root, 'proc/x'));
  expect(files.text('/proc/x')).toBe('second, longer');
  files.close();
  expect(files.text('/proc/x')).toBe('other');
  files.close();
  files.close();
});

it('says null for a missing file and finds it when it comes', () => {
  const { write, files } = setup();
  expect(files.text('/proc/late')).toBeNull();
  expect(files.once('/proc/late')).toBeNull();
  expect(files.list('/proc/none')).toBeNull();
  expect(files.resolved('/proc/none')).toBeNull();
  write('late', '7\n');
  expect(files.number('/proc/late')).toBe(7);
  expect(files.once('/proc/late')).toBe('7\n');
  files.close();
});

it('says null for a folder and for text without words', () => {
  const { write, files } = setup();
  write('blank', ' \n');
  expect(files.text('/proc')).toBeNull();
  expect(files.word('/proc/blank')).toBeNull();
  expect(files.number('/proc/blank')).toBeNull();
  files.close();
});

it('reads files larger than its first buffer whole', () => {
  const { write, files } = setup();
  const text = 'é0123456789'.repeat(30_000);
  write('large', text);
  expect(files.text('/proc/large')).toBe(text);
  files.close();
});

it('takes only whole numbers of text for numbers', () => {
  expect([
    finite('12.5'),
    finite('-3'),
    finite(''),
    finite('1 kB'),
    finite('NaN'),
    finite(undefined),
  ]).toEqual([12.5, -3, null, null, null, null]);
  expect(finiteColumns(['1', '2'])).toEqual([1, 2]);
  expect(finiteColumns(['1', 'x'])).toBeNull();
});
