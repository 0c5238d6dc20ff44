import { expect, test } from 'vitest';
import { missingRoute } from './route.ts';

test.each(['127.0.0.1', '::1'])('%s can be reached', async (address) => {
  expect(await missingRoute(address)).toBeNull();
});

test.each([
  ['255.255.255.255', 'EACCES'],
  ['fe80::1', 'EINVAL'],
])('%s can not: %s', async (address, code) => {
  expect(await missingRoute(address)).toBe(code);
});
