import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import type { SystemdCheckSpec } from '@guardia/model';
import { expect, test } from 'vitest';
import type { CheckContext } from '../check.ts';
import { bounds, contextOf, temporaryFolder, useTeardown } from '../dialogue/test/kit.ts';
import { runSystemdCheck } from './systemd-check.ts';

useTeardown();

/** A systemctl that does what the lines say. */
function systemctl(...lines: string[]): string {
  const file = join(temporaryFolder(), 'systemctl');
  writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return file;
}

const ACTIVE = systemctlOutput({ ActiveState: 'active', SubState: 'running' });

function systemctlOutput(properties: Record<string, string>): string {
  const all = { Type: 'simple', LoadState: 'loaded', Result: 'success', NRestarts: '2', ...properties };
  return Object.entries(all)
    .map(([name, value]) => `echo ${name}=${value}`)
    .join('\n');
}

function check(program: string, spec: Partial<SystemdCheckSpec> = {}, context: Partial<CheckContext> = {}) {
  const whole = { ...bounds, type: 'systemd', unit: 'nginx.service', ...spec } as const;
  return runSystemdCheck(whole, contextOf(context), program);
}

test('an active unit is up, with its restarts', async () => {
  expect(await check(systemctl(ACTIVE))).toMatchObject({
    status: 'up',
    errorMessage: null,
    readings: { probe_systemd_unit_restarts: 2 },
  });
});

test('rule 2: a unit that starts is degraded, a failed one down, and both say what they are', async () => {
  const starting = systemctlOutput({ ActiveState: 'activating', SubState: 'auto-restart', Result: 'signal' });
  expect(await check(systemctl(starting))).toMatchObject({
    status: 'degraded',
    degradedBy: 'expectation',
    errorMessage: 'expected nginx.service to be active, it is activating (auto-restart, result signal)',
  });
  const gone = systemctlOutput({ ActiveState: 'inactive', LoadState: 'not-found' });
  expect(await check(systemctl(gone))).toMatchObject({
    status: 'down',
    errorMessage: 'expected nginx.service to be active, it is not there: no unit has this name',
  });
});

test('systemctl is called by its arguments, and a name without a kind is a service', async () => {
  const own = systemctl('echo "$*" > "$0.argv"', ACTIVE);
  expect((await check(own, { unit: 'getty@tty1' })).status).toBe('up');
  expect(readFileSync(`${own}.argv`, 'utf8')).toBe(
    'show --property=LoadState,ActiveState,SubState,Type,Result,NRestarts -- getty@tty1.service\n',
  );
});

test.each(['--help', 'a b', '*.service', '$(id)', '../x', 'é.service', 'x'.repeat(256)])(
  'rule 1: a name that is none, %j, is unknown and never asked for',
  async (unit) => {
    const { status, errorMessage } = await check('/nonexistent/systemctl', { unit });
    expect(status).toBe('unknown');
    expect(errorMessage).toMatch(/^unit: /);
  },
);

test('rule 1: without systemd it is unknown, and says so', async () => {
  const notBooted = 'System has not been booted with systemd as init system (PID 1).';
  const results = await Promise.all([
    check(systemctl(`echo '${notBooted}' >&2`, 'exit 1')),
    check('/nonexistent/systemctl'),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
  expect(results[0]!.errorMessage).toContain(notBooted);
  expect(results[1]!.errorMessage).toContain('systemctl is not installed');
});

test('rule 1: a systemctl that hangs is killed when the time is up', async () => {
  const clock = new TestClock();
  const hanging = systemctl('exec sleep 1000');
  const checked = check(hanging, { timeoutMs: 1000 }, { clock });
  await clock.advance(1000);
  expect(await checked).toMatchObject({ status: 'unknown' });
  expect((await checked).errorMessage).toContain('systemctl within 1000 ms');
  expect(clock.pending).toBe(0);
});
