import { expect, test } from 'vitest';
import { unitState } from './unit-state.ts';

const loaded = { LoadState: 'loaded', SubState: 'x', Type: 'simple', Result: 'success', NRestarts: '0' };
const lines = (properties: Record<string, string>) =>
  Object.entries({ ...loaded, ...properties }).map(([name, value]) => `${name}=${value}`);

test.each([
  ['active', 'up'],
  ['reloading', 'up'],
  ['refreshing', 'up'],
  ['activating', 'degraded'],
  ['deactivating', 'degraded'],
  ['maintenance', 'degraded'],
  ['inactive', 'down'],
  ['failed', 'down'],
  ['of a later systemd', 'unknown'],
])('%s is %s', (ActiveState, status) => {
  expect(unitState(lines({ ActiveState })).status).toBe(status);
});

test.each([
  [
    'a unit that failed',
    { ActiveState: 'failed', SubState: 'failed', Result: 'exit-code' },
    'failed (failed, result exit-code)',
  ],
  [
    'a unit that is not there',
    { ActiveState: 'inactive', LoadState: 'not-found' },
    'not there: no unit has this name',
  ],
  ['a masked unit', { ActiveState: 'inactive', LoadState: 'masked' }, 'masked: it can not be started'],
])('%s is down, with the reason', (_, properties, is) => {
  expect(unitState(lines(properties))).toEqual({ status: 'down', is, restarts: 0 });
});

test('a one-shot unit that has done its work is up, and one that failed is down', () => {
  const oneshot = { Type: 'oneshot', ActiveState: 'inactive', SubState: 'dead' };
  expect(unitState(lines(oneshot)).status).toBe('up');
  expect(unitState(lines({ ...oneshot, Result: 'exit-code' })).status).toBe('down');
  expect(unitState(lines({ ...oneshot, ActiveState: 'activating', SubState: 'start' })).status).toBe(
    'degraded',
  );
});

test('a unit whose file was taken away runs on', () => {
  expect(unitState(lines({ ActiveState: 'active', LoadState: 'not-found' })).status).toBe('up');
});

test('restarts are counted where there are any', () => {
  expect(unitState(lines({ ActiveState: 'active', NRestarts: '7' })).restarts).toBe(7);
  expect(unitState(['ActiveState=active', 'LoadState=loaded']).restarts).toBeNull();
});
