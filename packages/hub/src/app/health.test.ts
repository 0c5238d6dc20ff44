import { expect, test } from 'vitest';
import { type Doubts, type HubState, healthReport, type StorageState } from './health.ts';

const RUNNING: HubState = { phase: 'running', storageFailure: null };
const IDLE: StorageState = { writeError: null, archive: null };
const NONE: Doubts = { rules: null, witnesses: null };

test.each([
  ['running', RUNNING, null, 'ok', true],
  ['starting', { ...RUNNING, phase: 'starting' }, null, 'ok', false],
  ['stopping', { ...RUNNING, phase: 'stopping' }, null, 'ok', false],
  ['unable to write for now', RUNNING, 'disk full', 'degraded', true],
  ['without its database', { ...RUNNING, storageFailure: 'damaged' }, null, 'failing', false],
  ['without its database and full', { ...RUNNING, storageFailure: 'damaged' }, 'disk full', 'failing', false],
] as const)('a hub that is %s', (_name, state, writeError, status, ready) => {
  expect(healthReport(state, { writeError, archive: null }, NONE)).toMatchObject({ status, ready });
});

test('says of each part why', () => {
  expect(healthReport(RUNNING, { writeError: 'disk full', archive: null }, NONE).checks).toEqual([
    { name: 'hub', status: 'ok', message: 'running' },
    { name: 'storage', status: 'degraded', message: 'disk full' },
  ]);
  expect(healthReport({ ...RUNNING, storageFailure: 'damaged' }, IDLE, NONE).checks[1]).toEqual({
    name: 'storage',
    status: 'failing',
    message: 'damaged',
  });
  expect(healthReport(RUNNING, IDLE, NONE).checks[1]).toEqual({
    name: 'storage',
    status: 'ok',
    message: null,
  });
});

test.each([
  ['that works', { problem: null }, null, 'ok', 'ok'],
  ['that can’t be used', { problem: 'no DuckDB' }, null, 'degraded', 'degraded'],
  ['that can’t be used, nor the database', { problem: 'no DuckDB' }, 'damaged', 'failing', 'degraded'],
] as const)('with an archive %s', (_name, archive, storageFailure, status, ofArchive) => {
  const report = healthReport({ ...RUNNING, storageFailure }, { writeError: null, archive }, NONE);
  expect(report.status).toBe(status);
  expect(report.checks[2]).toEqual({ name: 'archive', status: ofArchive, message: archive.problem });
});

test('names witnesses that don’t answer, and metrics of rules that nobody has, which is no failure', () => {
  const ofRules = healthReport(RUNNING, IDLE, { ...NONE, rules: 'no series for a' });
  expect([ofRules.status, ofRules.checks[2]]).toEqual([
    'ok',
    { name: 'rules', status: 'ok', message: 'no series for a' },
  ]);
  const both = healthReport(RUNNING, IDLE, { rules: 'no series for a', witnesses: 'b is silent' });
  expect([both.status, both.ready]).toEqual(['degraded', true]);
  expect(both.checks.slice(2).map(({ name }) => name)).toEqual(['witnesses', 'rules']);
});
