import { expect, it } from 'vitest';

// The page's modules are JavaScript for browsers and have no types.
const { filterOf } = await import(new URL('filter.js', import.meta.url).href);

const shop = {
  name: 'Shop front',
  type: 'http',
  status: 'down',
  tag: ['web', 'eu'],
  url: 'https://shop.example',
};

it.each([
  ['', true],
  ['shop', true],
  ['SHOP front', true],
  ['status:down', true],
  ['status:down type:http', true],
  ['status:down type:dns', false],
  ['tag:eu', true],
  ['tag:us', false],
  ['name:http', false],
  ['https://shop', true],
  ['nowhere:shop', false],
])('%j finds it: %s', (text, expected) => {
  expect(filterOf(text)(shop)).toBe(expected);
});
