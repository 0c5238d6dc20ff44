import { postgresIsMissing } from '@guardia/testing';
import { describe } from 'vitest';
import { stateDbConformance } from '../conformance.ts';
import { postgresSuite } from '../test/postgres.ts';

describe.skipIf(postgresIsMissing())('on a real server', () => {
  const suite = postgresSuite();
  stateDbConformance('PostgreSQL', () => suite.create());
});
