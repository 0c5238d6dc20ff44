// How problems are written, and which values are never shown.
import { expect, test } from 'vitest';
import { GuardiaError } from '../errors.ts';
import { ConfigError, formatPath, formatProblems, isSecretPath } from './problem.ts';

const PROBLEM = {
  file: 'guardia.yaml',
  line: 7,
  path: 'servers[0].port',
  value: '"x"',
  limit: 'must be a number',
  suggestion: 'y',
};

test('a problem is one line; what is not known is left out', () => {
  const whole = { ...PROBLEM, line: null, path: '', value: null, suggestion: null };
  expect(formatProblems([PROBLEM, whole])).toBe(
    'guardia.yaml:7: servers[0].port: value "x"; must be a number; did you mean "y"?\nguardia.yaml: must be a number',
  );
});

test('a ConfigError carries the problems and says them', () => {
  const error = new ConfigError([PROBLEM]);
  expect(error).toBeInstanceOf(GuardiaError);
  expect(error).toMatchObject({
    name: 'ConfigError',
    code: 'CONFIG_INVALID',
    retryable: false,
    problems: [PROBLEM],
  });
  expect(error.message).toBe(formatProblems([PROBLEM]));
});

test('paths quote keys that are not plain words', () => {
  expect(formatPath(['services', 0, 'headers', 'X.Key'])).toBe('services[0].headers["X.Key"]');
  expect(formatPath(['my alert', 'discord'])).toBe('["my alert"].discord');
  expect(formatPath([])).toBe('');
});

test.each([
  [['servers', 0, 'token'], true],
  [['api', 'auth_token'], true],
  [['alerts', 'ops', 'discord', 'url'], true],
  [['services', 0, 'alert', 'webhook', 'secret'], true],
  [['services', 0, 'headers', 'Accept'], true],
  [['services', 0, 'body'], true],
  [['storage', 'url'], true],
  [['exporters', 0, 'bearer_token'], true],
  [['exporters', 0, 'url'], false],
  [['services', 0, 'url'], false],
  [['servers', 0, 'token_file'], false],
])('%j is a secret: %s', (path, isSecret) => {
  expect(isSecretPath(path)).toBe(isSecret);
});
