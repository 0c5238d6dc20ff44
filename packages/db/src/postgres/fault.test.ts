import { DatabaseError as PgError } from 'pg';
import { expect, it } from 'vitest';
import { StorageFault } from '../worker/fault.ts';
import { postgresFault } from './fault.ts';

it.each([
  ['08006', 'DATABASE_UNREACHABLE'],
  ['22003', 'STATEMENT_FAILED'],
  ['23505', 'STATEMENT_FAILED'],
  ['25006', 'DATABASE_UNREACHABLE'],
  ['25P02', 'STATEMENT_FAILED'],
  ['25P03', 'DATABASE_UNREACHABLE'],
  ['28P01', 'DATABASE_REFUSED'],
  ['3D000', 'DATABASE_REFUSED'],
  ['40001', 'DATABASE_BUSY'],
  ['40P01', 'DATABASE_BUSY'],
  ['42501', 'DATABASE_REFUSED'],
  ['42P01', 'STATEMENT_FAILED'],
  ['53100', 'DATABASE_FULL'],
  ['53300', 'DATABASE_BUSY'],
  ['55P03', 'DATABASE_BUSY'],
  ['57014', 'DATABASE_BUSY'],
  ['57P01', 'DATABASE_UNREACHABLE'],
  ['57P03', 'DATABASE_UNREACHABLE'],
  ['58030', 'DATABASE_IO'],
  ['XX001', 'DATABASE_IO'],
])('names SQLSTATE %s: %s', (state, code) => {
  const error = new PgError('what PostgreSQL says', 20, 'error');
  error.code = state;
  error.detail = 'Key (token)=(secret) already exists.';
  expect(postgresFault(error)).toMatchObject({ code, message: `what PostgreSQL says (SQLSTATE ${state})` });
});

it('takes the rest for the network, except a pool whose connections are all in use', () => {
  const refused = new Error('connect ECONNREFUSED ::1:5432');
  expect(postgresFault(refused)).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: refused.message });
  expect(postgresFault(new AggregateError([refused, new Error('other')]))).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: refused.message,
  });
  expect(postgresFault('gone')).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: 'gone' });
  const waited = new Error('timeout exceeded when trying to connect');
  expect(postgresFault(waited)).toMatchObject({
    code: 'DATABASE_BUSY',
    message: 'every connection is in use',
  });
});

it('keeps a fault that has its name already', () => {
  const fault = new StorageFault('DATABASE_NEWER', 'newer');
  expect(postgresFault(fault)).toBe(fault);
});
