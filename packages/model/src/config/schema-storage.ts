// The `storage` section as people write it: every key, with its kind and the sentence that editors show. Which keys
// go together is check-storage.ts's; defaults are resolve-storage.ts's.
import type { z } from 'zod';
import * as kinds from './schema-values.ts';
import { postgresUrl } from './schema-values-net.ts';

const { list, secretFile, section } = kinds;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AGE = { min: HOUR_MS, max: 36_500 * DAY_MS };

const retention = section({
  raw: kinds
    .age(AGE)
    .optional()
    .describe('How long raw samples and check history are kept; instead of retention_days.'),
  '1m': kinds
    .ageOrNone(AGE)
    .optional()
    .describe('How long the points of each minute are kept, or none. Default: none.'),
  '5m': kinds
    .ageOrNone(AGE)
    .optional()
    .describe('The same for five minutes. Default: 180d, or as long as what is finer.'),
  '1h': kinds
    .ageOrNone(AGE)
    .optional()
    .describe('The same for an hour. Default: 5y, or as long as what is finer.'),
});

const AGE_OF_RULE = (what: string) => kinds.age(AGE).optional().describe(`How long their ${what} are kept.`);
const NO_AGE = 'must name at least one of raw, 1m, 5m and 1h';

const retentionRule = section({
  match: kinds
    .pattern('the name of a metric, * for any characters', /^[^\s\p{Cc}{}"]{1,200}$/u)
    .describe('Name of a metric; * stands for any characters.'),
  raw: AGE_OF_RULE('raw samples'),
  '1m': AGE_OF_RULE('points of each minute'),
  '5m': AGE_OF_RULE('points of five minutes'),
  '1h': AGE_OF_RULE('points of an hour'),
}).refine(({ match, ...ages }) => Object.values(ages).some((age) => age !== undefined), { error: NO_AGE });

const archive = section({
  path: kinds
    .pattern('the path of a folder', /^[^\0]+$/)
    .describe('Folder of the Parquet files, relative to this file.'),
  after: kinds
    .age({ min: DAY_MS, max: 36_500 * DAY_MS })
    .optional()
    .describe('Age at which raw samples move there; at least 2d below retention.raw. Default: 7d.'),
  partition: kinds
    .oneOf(['day', 'hour'])
    .optional()
    .describe('One file per target and day, or hour. Default: day.'),
});

export const storageSchema = section({
  backend: kinds
    .oneOf(['sqlite', 'postgres', 'memory', 'none'])
    .describe(
      'Where history is kept: in a SQLite file, in PostgreSQL, in memory until the hub stops, or only the newest readings.',
    ),
  path: kinds
    .pattern('the path of a file', /^[^\0]+$/)
    .optional()
    .describe(
      'The database file, relative to this file; with postgres the folder of the spool. Default: ./guardia.db, ./guardia-spool.',
    ),
  url: postgresUrl()
    .optional()
    .describe('Address of the PostgreSQL database, with name and password: a secret. With postgres alone.'),
  url_file: secretFile('the address'),
  retention_days: kinds
    .number('from 0.05 to 36500', (value) => value >= 0.05 && value <= 36_500, {
      minimum: 0.05,
      maximum: 36_500,
    })
    .optional()
    .describe('Days that raw samples and check history are kept. Default: 30.'),
  cleanup_interval_hours: kinds
    .number('from 0.01 to 720', (value) => value >= 0.01 && value <= 720, { minimum: 0.01, maximum: 720 })
    .optional()
    .describe('Hours between clean-ups; one runs at start as well. Default: 24.'),
  retention: retention.optional().describe('How long each kind of sample is kept.'),
  retention_rules: list(retentionRule, 'a list of rules')
    .optional()
    .describe('Other ages for some metrics; the first rule that matches holds.'),
  archive: archive.optional().describe('Parquet files for raw samples that are no longer in the database.'),
  max_series_per_target: kinds
    .wholeNumber({ min: 100, max: 1_000_000 })
    .optional()
    .describe(
      'Living series that one target may have: with samples in the last 2 to 30 days, as long as raw ones are kept. ' +
        'New ones beyond are refused, the rest is kept. Default: 20000.',
    ),
});

export type StorageInput = z.output<typeof storageSchema>;
