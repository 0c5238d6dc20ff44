import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLog, type LogOptions } from './log.ts';

function setup(options: Omit<LogOptions, 'write'>) {
  const lines: string[] = [];
  return { log: createLog({ ...options, write: (line) => lines.push(line) }), lines };
}

test('pretty lines are for people: time, level, text, fields', () => {
  const { log, lines } = setup({ level: 'info', format: 'pretty' });
  log.warn({ alias: '10.0.0.5:1' }, 'late');
  const text = lines.join('');
  expect(text).toMatch(/\d\d:\d\d:\d\d.*WARN.*late/);
  expect(text).toContain('alias');
  expect(text).not.toMatch(/pid|hostname/);
});

test('what is less severe than the level is not written', () => {
  const { log, lines } = setup({ level: 'error', format: 'pretty' });
  log.warn('too little');
  log.error('enough');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('enough');
});

test('silent says nothing', () => {
  const { log, lines } = setup({ level: 'silent', format: 'pretty' });
  log.fatal('anything');
  expect(lines).toEqual([]);
});

test.each(['json', 'pretty'])('a log that can not be written, in %s, ends nothing', (format) => {
  const url = new URL('./log.ts', import.meta.url).href;
  const program = `const { createLog } = await import(${JSON.stringify(url)});
    const log = createLog({ level: 'info', format: ${JSON.stringify(format)} });
    for (let i = 0; i < 100; i += 1) log.error({ i }, 'nobody reads this');
    process.stdout.write('still here');`;
  const full = openSync('/dev/full', 'w');
  const args = ['--input-type=module', '-e', program];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', full],
  });
  closeSync(full);
  expect({ stdout, status }).toEqual({ stdout: 'still here', status: 0 });
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
