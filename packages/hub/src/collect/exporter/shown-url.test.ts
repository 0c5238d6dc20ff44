import { expect, it } from 'vitest';
import { shownUrl } from './shown-url.ts';

it.each([
  ['http://10.0.0.5:9100/metrics', 'http://10.0.0.5:9100/metrics'],
  ['https://user:hidden@node.example/metrics#top', 'https://node.example/metrics'],
  [
    'http://n:9115/probe?module=http_2xx&target=https%3A%2F%2Fa%3Ahidden%40b.example%2F',
    'http://n:9115/probe?module=http_2xx&target=https%3A%2F%2Fb.example%2F',
  ],
  [
    'http://n:9100/metrics?collect[]=cpu&collect[]=disk',
    'http://n:9100/metrics?collect%5B%5D=cpu&collect%5B%5D=disk',
  ],
  ['http://n/metrics?token=hidden&api_key=hidden', 'http://n/metrics?token=***&api_key=***'],
])('shows %s', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});
