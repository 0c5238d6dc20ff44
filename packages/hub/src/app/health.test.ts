import { expect, test } from 'vitest';
import { type HubState, healthReport } from './health.ts';

const RUNNING: HubState = { phase: 'running', storageFailure: null };

test.each([
  ['running', RUNNING, null, 'ok', true],
  ['starting', { ...RUNNING, phase: 'starting' }, null, 'ok', false],
  ['stopping', { ...RUNNING, phase: 'stopping' }, null, 'ok', false],
  ['unable to write for now', RUNNING, 'disk full', 'degraded', true],
  ['without its database', { ...RUNNING, storageFailure: 'damaged' }, null, 'failing', false],
  ['without its database and full', { ...RUNNING, storageFailure: 'damaged' }, 'disk full', 'failing', false],
] as const)('a hub that is %s', (_name, state, writeError, status, ready) => {
  expect(healthReport(state, writeError)).toMatchObject({ status, ready });
});

test('says of each part why', () => {
  expect(healthReport(RUNNING, 'disk full').checks).toEqual([
    { name: 'hub', status: 'ok', message: 'running' },
    { name: 'storage', status: 'degraded', message: 'disk full' },
  ]);
  expect(healthReport({ ...RUNNING, storageFailure: 'damaged' }, null).checks[1]).toEqual({
    name: 'storage',
    status: 'failing',
    message: 'damaged',
  });
  expect(healthReport(RUNNING, null).checks[1]).toEqual({ name: 'storage', status: 'ok', message: null });
});
