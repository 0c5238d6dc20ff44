import { expect, it } from 'vitest';
import { Lru } from './lru.ts';

it('remembers what was used last, and makes the rest again', () => {
  const lru = new Lru<string, string>(2);
  const made: string[] = [];
  const ask = (key: string) =>
    lru.get(key, () => {
      made.push(key);
      return key.toUpperCase();
    });
  expect(['a', 'b', 'a', 'c', 'a', 'b'].map(ask)).toEqual(['A', 'B', 'A', 'C', 'A', 'B']);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});
