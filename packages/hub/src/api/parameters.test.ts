// Reading the parameters that several routes take.
import { describe, expect, it } from 'vitest';
import { splitNames } from './parameters.ts';

describe('splitNames', () => {
  it.each([
    ['cpu.usage', ['cpu.usage']],
    [' cpu.usage , load.one,', ['cpu.usage', 'load.one']],
    ['a{x="1",y="2"},b', ['a{x="1",y="2"}', 'b']],
    ['a{x="},{"},b', ['a{x="},{"}', 'b']],
    ['a{x="say \\"hi\\", you"},b', ['a{x="say \\"hi\\", you"}', 'b']],
    ['a{x="1,b', ['a{x="1,b']],
    [',,', []],
    ['', []],
  ])('reads %s', (text, expected) => expect(splitNames(text)).toEqual(expected));
});
