import { spawnSync } from 'node:child_process';
import { afterEach, expect, test, vi } from 'vitest';
import { createLog } from './log.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function captured(): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  return lines;
}

test('pretty lines are for people: time, level, text, fields', () => {
  const lines = captured();
  createLog({ level: 'info', format: 'pretty' }).warn({ alias: '10.0.0.5:1' }, 'late');
  const text = lines.join('');
  expect(text).toMatch(/\d\d:\d\d:\d\d.*WARN.*late/);
  expect(text).toContain('alias');
  expect(text).not.toMatch(/pid|hostname/);
});

test('what is less severe than the level is not written', () => {
  const lines = captured();
  const log = createLog({ level: 'error', format: 'pretty' });
  log.warn('too little');
  log.error('enough');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('enough');
});

test('silent says nothing', () => {
  const lines = captured();
  createLog({ level: 'silent', format: 'pretty' }).fatal('anything');
  expect(lines).toEqual([]);
});

test('JSON lines go to standard error at once, so that a crash loses none', () => {
  const url = new URL('./log.ts', import.meta.url).href;
  const program = `const { createLog } = await import(${JSON.stringify(url)});
    createLog({ level: 'info', format: 'json' }).error({ n: 1 }, 'last words');
    process.kill(process.pid, 'SIGKILL');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  const line = JSON.parse(stderr.split('\n')[0]!) as { time: string };
  expect(line).toEqual({ level: 50, time: expect.any(String), n: 1, msg: 'last words' });
  expect(new Date(line.time).toISOString()).toBe(line.time);
});
