// ChunkStore on one SQLite file, or in memory: every answer is there when the call returns. What the tables do is left to
// the files beside this one, and when it is done to the engine.
import type { DatabaseSync } from 'node:sqlite';
import { migrate, openFile } from '@guardia/db/worker';
import type { ChunkStore, TargetRow, TierStats } from '../engine/chunk-store.ts';
import { blockTable } from './blocks.ts';
import { checkTable } from './checks.ts';
import { chunkTables } from './chunks.ts';
import { giveBack } from './free-pages.ts';
import { logTable } from './log.ts';
import { layoutTable, seriesTable, targetTable } from './names.ts';
import { oldFrameTable } from './old-frames.ts';
import { SERIES_MIGRATIONS } from './schema.ts';
import { openSizes } from './sizes.ts';

/** Opens or makes the file; its methods answer at once. One owner: a second one is refused.
 *  @param path a file in an existing folder, or `:memory:`
 *  @throws {StorageFault} folder missing, in use, damaged, written by a newer version; or node:sqlite's own error */
export function openSqliteStore(path: string) {
  const file = openFile({ path, synchronous: 'NORMAL', pageSizeBytes: 8192, autoVacuum: true });
  try {
    migrate(file.db, SERIES_MIGRATIONS);
  } catch (error) {
    file.close();
    throw error;
  }
  const { db } = file;
  const sizes = openSizes(db);
  const targets = targetTable(db);
  const checks = checkTable(db, targets);
  const blocks = blockTable(db, sizes);
  const { firstSlot, ...chunks } = chunkTables(db, sizes, blocks);
  const allTargets = db.prepare(
    'select id as no, name as id, sealed_row as sealedRow from targets order by id',
  );
  return {
    load: () => ({
      targets: allTargets.all() as unknown as readonly TargetRow[],
      blockDays: blocks.blockDays(),
      firstSlot: firstSlot(),
    }),
    target: targets.target,
    ...layoutTable(db),
    ...seriesTable(db, sizes),
    ...logTable(db, sizes, checks),
    seal: blocks.seal,
    blocks: blocks.blocks,
    deleteBlocks: blocks.deleteBlocks,
    ...chunks,
    checks: checks.checks,
    uptime: checks.uptime,
    deleteChecks: checks.deleteChecks,
    ...markTable(db),
    ...oldFrameTable(db),
    giveBack: () => giveBack(db),
    stats: (): { tiers: readonly TierStats[]; checks: number; series: number; fileBytes: number } => ({
      ...sizes.read(),
      checks: checks.stored(),
      fileBytes: file.fileBytes(),
    }),
    close: () => file.close(),
  } satisfies ChunkStore;
}

function markTable(db: DatabaseSync) {
  const read = db.prepare('select value from marks where name = ?');
  const write = db.prepare('insert into marks values (?1, ?2) on conflict do update set value = ?2');
  const remove = db.prepare('delete from marks where name = ?');
  const all = db.prepare('select name from marks where name glob ? order by name');
  return {
    mark: (name: string): number | null => (read.get(name)?.value as number | undefined) ?? null,
    setMark: (name: string, value: number | null): void => {
      if (value === null) remove.run(name);
      else write.run(name, value);
    },
    marks: (prefix: string): readonly string[] => all.all(`${prefix}*`).map(({ name }) => String(name)),
  };
}
