import { expect, it } from 'vitest';
import { compileGlob, compileSelector } from './matchers.ts';
import { parseSelector } from './parse-selector.ts';

it.each([
  ['disk.*', ['disk.', 'disk.used_bytes'], ['disk', 'xdisk.a']],
  ['*', ['', 'a'], []],
  ['*_bytes', ['_bytes', 'net.rx_bytes'], ['bytes', '_bytes_']],
  ['a*b*c', ['abc', 'axxbyyc', 'abbcc'], ['ac', 'acb', 'bac']],
  ['a*a', ['aa', 'aba'], ['a']],
  ['a.c', ['a.c'], ['abc']],
])('glob %s', (glob, matching, other) => {
  const matches = compileGlob(glob);
  expect(matching.filter((text) => !matches(text))).toEqual([]);
  expect(other.filter(matches)).toEqual([]);
});

it.each([
  ['disk.used_bytes', true],
  ['disk.*', true],
  ['disk', false],
  ['disk{mount="/"}', false],
  ['*{mount="/"}', true],
  ['*{mount="/",device="sda"}', true],
  ['*{mount="/",device="sdb"}', false],
  ['*{mount!="/"}', false],
  ['*{device=~"sd.",mount=~".*"}', true],
  ['*{device!~"sd."}', false],
  ['*{absent=""}', true],
  ['*{constructor=""}', true],
  ['*{absent!=""}', false],
  ['*{absent=~".*"}', true],
  ['{target="srv_a"}', true],
  ['{target!="srv_a"}', false],
  ['{__name__=~"disk\\..*"}', true],
] as const)('%s: %s', (text, expected) => {
  const isMeant = compileSelector(parseSelector(text));
  expect(isMeant('srv_a', 'disk.used_bytes{device="sda",mount="/"}')).toBe(expected);
});

it('takes only the targets that are named', () => {
  const isMeant = compileSelector({ metric: 'a', targets: ['srv_a'] });
  expect([isMeant('srv_a', 'a'), isMeant('srv_b', 'a'), isMeant('srv_a', 'b')]).toEqual([true, false, false]);
  expect(compileSelector({ targets: [] })('srv_a', 'a')).toBe(false);
});
