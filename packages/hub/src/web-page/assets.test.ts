import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadPage } from './assets.ts';

const page = loadPage();

test('the page is at the root', () => {
  expect(page.get('/')).toEqual({
    body: expect.stringContaining('<title>Guardia</title>'),
    type: 'text/html; charset=utf-8',
  });
});

test('every file of the folder is served, with its type', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => !file.endsWith('.ts'));
  const served = [...page].map(([path]) => (path === '/' ? 'index.html' : path.replace('/assets/', '')));
  expect(served.sort()).toEqual(files.sort());
  const types = { js: 'text/javascript', css: 'text/css' } as const;
  for (const [path, { body, type }] of page) {
    expect(body.length).toBeGreaterThan(0);
    const ending = path.split('.').at(-1) as keyof typeof types;
    if (path !== '/') expect(type).toBe(`${types[ending]}; charset=utf-8`);
  }
});

test('everything that the page asks for is there', () => {
  const asked = [...page].flatMap(([path, { body }]) =>
    [...body.matchAll(/(?:src|href)="(\/[^"]*)"|from '(\.[^']*)'/g)].map(
      ([, absolute, relative]) => absolute ?? new URL(relative!, `http://page${path}`).pathname,
    ),
  );
  expect(asked.length).toBeGreaterThan(2);
  for (const path of asked) expect(page.has(path), path).toBe(true);
});
