import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricName, sampleKey } from './frame.ts';

describe('sampleKey', () => {
  test.each([
    ['load.one', undefined, 'load.one'],
    ['load.one', {}, 'load.one'],
    ['disk.used_bytes', { mount: '/' }, 'disk.used_bytes{mount="/"}'],
    ['x', { b: '2', a: '1', c: '3' }, 'x{a="1",b="2",c="3"}'],
    ['x', { a: 'C:\\ "new"\nline' }, 'x{a="C:\\\\ \\"new\\"\\nline"}'],
    ['x', { a: '' }, 'x{a=""}'],
  ])('%s with %o is %s', (name, labels, key) => {
    expect(sampleKey(name, labels)).toBe(key);
  });

  test('is one line, and never the same for different values', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const [keyA, keyB] = [a, b].map((value) => sampleKey('x', { label: value }));
        expect(keyA).not.toContain('\n');
        expect(keyA === keyB).toBe(a === b);
      }),
    );
  });
});

test('metricName is what stands before the labels', () => {
  expect(metricName('load.one')).toBe('load.one');
  expect(metricName(sampleKey('disk.used_bytes', { mount: '/a{b}' }))).toBe('disk.used_bytes');
});
