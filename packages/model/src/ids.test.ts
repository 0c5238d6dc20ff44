import { describe, expect, test } from 'vitest';
import { newId, newTargetId, serverAlias } from './ids.ts';

describe('ids', () => {
  test('say their kind, and are safe in subjects and keys', () => {
    expect(newTargetId('server')).toMatch(/^srv_[a-z2-7]{20}$/);
    expect(newTargetId('service')).toMatch(/^svc_[a-z2-7]{20}$/);
    expect(newId('alt')).toMatch(/^alt_[a-z2-7]{20}$/);
  });

  test('are never the same, and use every character', () => {
    const ids = Array.from({ length: 500 }, () => newId('x'));
    expect(new Set(ids).size).toBe(500);
    expect(new Set(ids.flatMap((id) => [...id.slice(2)])).size).toBe(32);
  });
});

describe('serverAlias', () => {
  test.each([
    ['10.0.0.5', 51243, '10.0.0.5:51243'],
    ['web.example', 80, 'web.example:80'],
    ['fd00::1', 51243, '[fd00::1]:51243'],
    ['::ffff:10.0.0.5', 1, '[::ffff:a00:5]:1'],
  ])('%s and %i make %s', (ip, port, alias) => {
    expect(serverAlias(ip, port)).toBe(alias);
  });
});
