import { expect, test } from 'vitest';
import { DatabaseError } from './errors.ts';

test.each([
  ['/data/guardia.db', 'another storage.path'],
  ['postgres://db:5432/guardia', 'a database of its own in storage.url'],
])('%s in use: says what helps there', (path, advice) => {
  const fault = { code: 'DATABASE_IN_USE', message: 'another process has it', sqliteCode: null } as const;
  expect(new DatabaseError(path, fault).message).toContain(advice);
});
