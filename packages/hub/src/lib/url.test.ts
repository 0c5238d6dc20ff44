import { expect, it } from 'vitest';
import { withoutUserInfo } from './url.ts';

it.each([
  ['https://ana:secret@shop.example/health?a=b@c', 'https://shop.example/health?a=b@c'],
  ['http://shop.example/a@b', 'http://shop.example/a@b'],
])('%s is shown as %s', (url, shown) => {
  expect(withoutUserInfo(url)).toBe(shown);
});
