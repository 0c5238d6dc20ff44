import { expect, test } from 'vitest';
import { createRedactor } from './redaction.ts';

const redact = createRedactor(
  new URL('https://me:p%40ssword@hooks.example/api/t%C3%B6ken-1234/100%25?key=s3cret%20key&v=1'),
  ['signing-key', 'key'],
);

test.each([
  ['the path, as it was sent and as it reads', '/api/t%C3%B6ken-1234 töken-1234', '/api/*** ***'],
  ['the query and its values', '?key=s3cret%20key&v=1 s3cret key', '*** ***'],
  ['credentials', 'p%40ssword p@ssword', '*** ***'],
  ['credentials as they are sent', 'authorization: Basic bWU6cEBzc3dvcmQ=', 'authorization: Basic ***'],
  ['further secrets', 'bad signing-key', 'bad ***'],
  ['nothing else: short words stay', 'api key v1 100%', 'api key v1 100%'],
])('takes out %s', (_, said, quoted) => {
  expect(redact(said)).toBe(quoted);
});

test('a path that is no valid encoding does no harm', () => {
  expect(createRedactor(new URL('https://hooks.example/%E0%A4%A'), [])('got %E0%A4%A')).toBe('got ***');
});
