// Samples for tests, a folder of their own for each, and a plain DuckDB that reads files as anybody would. What is
// expected of them is left to the tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { RawColumn } from '@guardia/series';
import { onTestFinished } from 'vitest';
import type { ArchiveNotice, ArchiveOptions } from '../contract.ts';
import { type Archive, openArchive } from '../index.ts';

/** 2026-01-01T00:00:00Z. */
export const T0 = 1_767_225_600_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-archive-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An archive in a folder of its own, closed after the test, and what it noticed. */
export function setup(change: Partial<ArchiveOptions> = {}): {
  path: string;
  archive: Archive;
  notices: ArchiveNotice[];
} {
  const notices: ArchiveNotice[] = [];
  const path = change.path ?? join(temporaryFolder(), 'archive');
  const archive = openArchive({
    partition: 'day',
    onNotice: (notice) => notices.push(notice),
    ...change,
    path,
  });
  onTestFinished(() => archive.close());
  return { path, archive, notices };
}

/** Samples given as `[time after T0, value]`. */
export function column(key: string, ...samples: readonly (readonly [number, number])[]): RawColumn {
  return {
    key,
    times: Float64Array.from(samples, ([at]) => T0 + at),
    values: Float64Array.from(samples, ([, value]) => value),
  };
}

/** A sample every `stepMs` over `[from, until)` after T0. */
export function every(
  key: string,
  [from, until, stepMs]: readonly [number, number, number],
  value: (n: number) => number,
): RawColumn {
  const times = Float64Array.from(
    { length: Math.ceil((until - from) / stepMs) },
    (_, n) => T0 + from + n * stepMs,
  );
  return { key, times, values: times.map((_, n) => value(n)) };
}

/** What DuckDB says without any setting of ours. */
export async function ask(sql: string, values: DuckDBValue[] = []): Promise<Record<string, DuckDBValue>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return await (await connection.run(sql, values)).getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
