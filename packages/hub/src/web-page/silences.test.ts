import { expect, it } from 'vitest';

// The page's modules are JavaScript for browsers and have no types.
const { silenceOf } = await import(new URL('silences.js', import.meta.url).href);

const alert = {
  target_name: 'web-1 (fra)',
  target_id: 'srv_one',
  rule: 'disk',
  instance: '/var',
  group: 'shop',
  tags: ['eu', 'web'],
  severity: 'warning',
};
const silence = (match: object, over: object = {}) => ({
  kind: 'silence',
  starts_at: '2026-01-01',
  match,
  ...over,
});

it.each([
  [{}, true],
  [{ target: 'web-1 (fra)' }, true],
  [{ target: 'srv_one', rule: 'disk', instance: '/var' }, true],
  [{ target: 'web-*', tag: 'e*' }, true],
  [{ target: 'web-. (fra)' }, false],
  [{ target: 'web' }, false],
  [{ target: 'w*-*(*)' }, true],
  [{ target: 'srv_o*one' }, false],
  [{ rule: 'disk', severity: 'critical' }, false],
  [{ tag: 'db' }, false],
  [{ unheard_of: '*' }, false],
])('a silence of %j is of the alert: %s', (match, expected) => {
  expect(silenceOf(alert, [silence(match)]) !== undefined).toBe(expected);
});

it('is in force, no mute, and the one that ends last', () => {
  const later = silence({}, { starts_at: '2999-01-01' });
  const mute = silence({}, { kind: 'mute' });
  expect(silenceOf(alert, [later, mute])).toBeUndefined();
  expect(silenceOf(alert, [silence({ rule: '*' }), silence({})])).toEqual(silence({}));
});
