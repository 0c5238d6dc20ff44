import { describe, expect, test } from 'vitest';
import { fileWith, guardia } from '../test/run.ts';

const GOOD = `storage: { backend: sqlite, path: ./guardia.db }
alerts: { ops: { webhook: { url: 'http://127.0.0.1:9/' } } }
defaults: { server: { limits: { unreachable: { alert: ops } } }, service: { alert: ops } }
servers: [{ ip: 10.0.0.5 }, { ip: 10.0.0.6, token: correct-horse }]
services: [{ name: shop, url: 'http://shop.example/' }]
`;
const BAD = `servers:
  - ip: 10.0.0.5
    porrt: 51243
    interval: soon
    token: correct-horse
`;

interface Answer {
  file: string;
  ok: boolean;
  problems: { line: number | null; path: string; limit: string; suggestion: string | null }[];
  warnings: string[];
}

describe('check-config', () => {
  test('says that a file is fine and what is in it', async () => {
    const file = fileWith('guardia.yaml', GOOD);
    expect(await guardia('check-config', file)).toEqual({
      code: 0,
      stdout: `${file}: fine; 2 servers, 1 service, 1 notifier\n`,
      stderr: '',
    });
  });

  test('names warnings before', async () => {
    const file = fileWith('guardia.json', '{"_note": "nothing here yet"}');
    const { code, stdout } = await guardia('check-config', file);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^warning: .*storage/);
    expect(lines.at(-1)).toBe(`${file}: fine; 0 servers, 0 services, 0 notifiers`);
  });

  test('names all mistakes at once, with line, path, limit and suggestion', async () => {
    const file = fileWith('guardia.yaml', BAD);
    const { code, stdout } = await guardia('check-config', file);
    expect(code).toBe(2);
    expect(stdout).toMatch(/guardia\.yaml:3.*servers\[0\]\.porrt.*port/);
    expect(stdout).toMatch(/guardia\.yaml:4.*servers\[0\]\.interval.*soon/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${file}: 2 mistakes`);
    expect(stdout).not.toContain('correct-horse');
  });

  test('refuses a template that the hub could not read, with its place', async () => {
    const hook = `{ webhook: { url: 'http://127.0.0.1:9/', format: template, template: 'a {{#alerts}}' } }`;
    const file = fileWith('guardia.yaml', `alerts:\n  hook: ${hook}\n`);
    const { code, stdout } = await guardia('check-config', file);
    expect(code).toBe(2);
    expect(stdout).toContain(':2: alerts.hook.webhook.template: value (hidden); ');
    expect(stdout).toContain('line 1, column 14: unclosed section "alerts"');
  });

  test.each(['-o', '--output'])('answers in JSON with %s json', async (option) => {
    const good = fileWith('guardia.yaml', GOOD);
    const fine = await guardia('check-config', good, option, 'json');
    expect([fine.code, JSON.parse(fine.stdout)]).toEqual([
      0,
      { file: good, ok: true, problems: [], warnings: [] },
    ]);
    const bad = fileWith('guardia.yaml', BAD);
    const wrong = await guardia('check-config', bad, option, 'json');
    const answer = JSON.parse(wrong.stdout) as Answer;
    expect([wrong.code, answer.ok, answer.file]).toEqual([2, false, bad]);
    expect(answer.problems).toEqual([
      expect.objectContaining({
        line: 3,
        path: 'servers[0].porrt',
        suggestion: expect.stringContaining('port'),
      }),
      expect.objectContaining({ line: 4, path: 'servers[0].interval' }),
    ]);
    expect(wrong.stdout).not.toContain('correct-horse');
  });

  test('names a file that is not there', async () => {
    const file = `${fileWith('guardia.yaml', GOOD)}.old.yaml`;
    const { code, stdout } = await guardia('check-config', file);
    expect(code).toBe(2);
    expect(stdout).toContain(file);
    expect(stdout).toContain('1 mistake');
    expect(stdout).not.toContain('1 mistakes');
  });
});
