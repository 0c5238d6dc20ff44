import { expect, it, vi } from 'vitest';
import { ManualClock, STATFS } from '../test/support.ts';
import type { StatFs } from './file-systems.ts';
import { FileSystems } from './file-systems.ts';
import type { Mount } from './mounts.ts';

const mount = (path: string, remote: boolean): Mount => ({
  device: 'nas:/export',
  deviceId: `0:${path.length}`,
  mount: path,
  fsType: remote ? 'nfs4' : 'ext4',
  readOnly: false,
  remote,
});

/** Remote mounts answer when the test says so. */
function setup() {
  const clock = new ManualClock();
  const asked: { path: string; resolve: (stat: StatFs) => void; reject: (error: Error) => void }[] = [];
  const fileSystems = new FileSystems({
    statfsSync: (path) => {
      if (path === '/gone') throw new Error('ENOENT');
      return STATFS;
    },
    statfs: (path) => new Promise((resolve, reject) => asked.push({ path, resolve, reject })),
    clock,
  });
  const read = (...mounts: Mount[]) => fileSystems.read(mounts, (path) => path);
  return { clock, asked, fileSystems, read };
}

it('tells size, free and available space in bytes', async () => {
  const { read } = setup();
  const [reading] = await read(mount('/', false));
  expect(reading!.space).toEqual({
    sizeBytes: 4_096_000,
    freeBytes: 1_638_400,
    availableBytes: 1_228_800,
    files: 100,
    filesFree: 60,
  });
  expect(reading).not.toHaveProperty('remote');
});

it('has no space for a mount that refuses, at once or later', async () => {
  const { read, asked } = setup();
  const reading = read(mount('/gone', false), mount('/nas', true));
  asked[0]!.reject(new Error('ESTALE'));
  expect((await reading).map(({ space }) => space)).toEqual([null, null]);
});

it('gives up on a hung network mount after 500 ms and keeps the others', async () => {
  const { clock, asked, read, fileSystems } = setup();
  const done = vi.fn();
  const reading = read(mount('/nas', true), mount('/nas2', true), mount('/', false)).finally(done);
  asked[1]!.resolve(STATFS);
  clock.advance(499);
  await new Promise(setImmediate);
  expect(done).not.toHaveBeenCalled();
  clock.advance(1);
  expect((await reading).map(({ space }) => space?.files ?? null)).toEqual([null, 100, 100]);
  expect(fileSystems.stuck).toBe(true);
});

it('asks a hung mount no second time, and again once it answered', async () => {
  const { clock, asked, read, fileSystems } = setup();
  const first = read(mount('/nas', true));
  clock.advance(500);
  await first;
  expect((await read(mount('/nas', true)))[0]!.space).toBeNull();
  expect(asked).toHaveLength(1);
  asked[0]!.resolve(STATFS);
  await new Promise(setImmediate);
  expect(fileSystems.stuck).toBe(false);
  const third = read(mount('/nas', true));
  asked[1]!.resolve(STATFS);
  expect((await third)[0]!.space?.files).toBe(100);
  expect(clock.timers).toBe(0);
});
