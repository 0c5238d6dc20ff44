import { expect, it } from 'vitest';
import { DatabaseError } from '../errors.ts';
import { type DatabaseErrorCode, faultOf, StorageFault } from './fault.ts';

it.each([
  [5, 'DATABASE_BUSY', true, false],
  [262, 'DATABASE_BUSY', true, false],
  [8, 'DATABASE_READ_ONLY', false, true],
  [778, 'DATABASE_IO', false, true],
  [4874, 'DATABASE_FULL', true, false],
  [11, 'DATABASE_DAMAGED', false, true],
  [13, 'DATABASE_FULL', true, false],
  [14, 'DATABASE_CANNOT_OPEN', false, false],
  [26, 'DATABASE_DAMAGED', false, true],
  [2067, 'STATEMENT_FAILED', false, false],
] as const)('names SQLite code %i: %s', (errcode, code, retryable, fatal) => {
  const fault = faultOf(Object.assign(new Error('what SQLite says'), { errcode }));
  expect(fault).toEqual({ code, message: 'what SQLite says', sqliteCode: errcode });
  expect(new DatabaseError('/data/x.db', fault)).toMatchObject({
    code,
    retryable,
    fatal,
    path: '/data/x.db',
  });
});

it('keeps a known fault, and takes the rest for a wrong statement', () => {
  const code: DatabaseErrorCode = 'DATABASE_NEWER';
  expect(faultOf(new StorageFault(code, 'newer'))).toEqual({ code, message: 'newer', sqliteCode: null });
  expect(faultOf(new TypeError('not bindable'))).toMatchObject({
    code: 'STATEMENT_FAILED',
    message: 'not bindable',
  });
  expect(faultOf('thrown text')).toMatchObject({ code: 'STATEMENT_FAILED', message: 'thrown text' });
});
