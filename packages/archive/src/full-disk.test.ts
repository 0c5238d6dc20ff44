import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ArchiveWriteFailed } from './index.ts';
import { DAY, every, setup, T0 } from './test/samples.ts';

/** A real full disk: a tmpfs of 4 MiB. Only root may mount one. */
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('SKIPPED: a full disk needs root, to mount a tmpfs');

function smallDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-full-'));
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=4m', 'guardia-test', folder]);
  onTestFinished(() => {
    execFileSync('/bin/umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

it.skipIf(!isRoot)('writes nothing half on a full disk, and goes on when there is room', async () => {
  const disk = smallDisk();
  const { archive } = setup({ path: join(disk, 'archive') });
  const slot = archive.slotsOfDay(T0)[0]!;
  const random = every('noise', [0, DAY, 1000], () => Math.random());
  await archive.write('srv_a', slot, [[every('cpu', [0, DAY, 60_000], (n) => n)]]);
  const filler = join(disk, 'filler');
  writeFileSync(filler, Buffer.alloc(3.5 * 1024 * 1024));
  await expect(archive.write('srv_b', slot, [[random]])).rejects.toThrow(ArchiveWriteFailed);
  expect(readdirSync(join(disk, 'archive', 'target=srv_b', slot.folder))).toEqual([]);
  expect(await archive.verify()).toEqual({ files: 1, samples: 1440, problems: [] });
  rmSync(filler);
  await archive.write('srv_b', slot, [[random]]);
  expect(await archive.read({ targetId: 'srv_b', start: T0, end: T0 + DAY })).toEqual([random]);
});
