import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor, redactorOf } from './redaction.ts';

const redact = createRedactor(
  new URL('https://me:p%40ssword@hooks.example/api/t%C3%B6ken-1234/100%25?key=s3cret%20key&v=1'),
  ['signing-key'],
);

test.each([
  ['the path, as it was sent and as it reads', '/api/t%C3%B6ken-1234 töken-1234', '/api/*** ***'],
  ['the query and its values', '?key=s3cret%20key&v=1 s3cret key', '*** ***'],
  ['credentials', 'p%40ssword p@ssword', '*** ***'],
  ['credentials as they are sent', 'authorization: Basic bWU6cEBzc3dvcmQ=', 'authorization: Basic ***'],
  ['further secrets', 'bad signing-key', 'bad ***'],
  ['nothing else: short words stay', 'api key v1 100%', 'api key v1 100%'],
])('rule 19: takes out %s', (_, said, quoted) => {
  expect(redact(said)).toBe(quoted);
});

test('a path that is no valid encoding does no harm', () => {
  expect(createRedactor(new URL('https://hooks.example/%E0%A4%A'), [])('got %E0%A4%A')).toBe('got ***');
});

test.each([
  ['a key', new URL('https://hooks.example/'), ['k3y'], 'bad k3y', 'bad'],
  ['a password', new URL('https://me:pw1@hooks.example/'), [], 'no pw1 here', 'no pw here'],
  ['a parameter that is named so', new URL('https://hooks.example/?apiKey=ab%26'), [], 'ab&', 'v=1'],
])('rule 19: leaves out a text with a short secret: %s', (_, url, secrets, said, other) => {
  const short = createRedactor(url, secrets);
  expect(short(said)).toBe('something that is not shown, since it holds a secret of less than 6 characters');
  expect(short(other)).toBe(other);
});

test('rule 19: no secret is ever left, however short it is and wherever it stands', () => {
  const secret = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  const text = fc.array(fc.oneof(secret, fc.constantFrom('S', ' ', 'x', 'api')), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), text, (secrets, parts) => {
      const said = parts.map((part) => (part === 'S' ? secrets[0] : part)).join('');
      const shown = redactorOf(secrets)(said);
      expect(
        shown.startsWith('something that is not shown') || secrets.every((each) => !shown.includes(each)),
      ).toBe(true);
    }),
  );
});
