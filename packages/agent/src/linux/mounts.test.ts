import { expect, it } from 'vitest';
import { parseMounts } from './mounts.ts';

const line = (deviceId: string, mount: string, fsType: string, device = '/dev/sda1', options = 'rw') =>
  `36 35 ${deviceId} / ${mount} ${options} shared:1 master:2 - ${fsType} ${device} rw\n`;

it('reads device, place, kind and options', () => {
  expect(parseMounts(line('8:1', '/data', 'ext4', '/dev/sda1', 'ro,relatime'))).toEqual([
    { device: '/dev/sda1', deviceId: '8:1', mount: '/data', fsType: 'ext4', readOnly: true, remote: false },
  ]);
});

it('takes a read-only file system from its own options too', () => {
  expect(parseMounts('36 35 8:1 / /data rw - ext4 /dev/sda1 ro,errors=remount-ro')[0]!.readOnly).toBe(true);
});

it('reads space, tab and backslash in names', () => {
  expect(parseMounts(line('8:1', '/a\\040b\\011c\\134d', 'ext4'))[0]!.mount).toBe('/a b\tc\\d');
});

it.each(['proc', 'sysfs', 'cgroup2', 'devtmpfs', 'squashfs', 'autofs', 'fuse.lxcfs', 'overlay'])(
  'leaves out %s',
  (fsType) => {
    expect(parseMounts(line('0:20', '/some/where', fsType))).toEqual([]);
  },
);

it.each(['/dev/shm', '/proc/fs', '/run/user/1000', '/var/lib/docker/btrfs', '/etc/hosts'])(
  'leaves out what is mounted at %s',
  (mount) => {
    expect(parseMounts(line('8:1', mount, 'ext4'))).toEqual([]);
  },
);

it('keeps places that only begin alike, and the overlay that is the root', () => {
  const text = line('8:1', '/devices', 'ext4') + line('0:9', '/', 'overlay', 'overlay');
  expect(parseMounts(text).map(({ mount }) => mount)).toEqual(['/devices', '/']);
});

it('lists a file system once, at its shortest mount point', () => {
  const text = line('8:1', '/srv/www', 'ext4') + line('8:1', '/', 'ext4') + line('8:1', '/home', 'ext4');
  expect(parseMounts(text).map(({ mount }) => mount)).toEqual(['/']);
});

it('leaves out a mount that another covers', () => {
  const text = line('8:1', '/data', 'ext4') + line('8:2', '/data', 'xfs', '/dev/sda2');
  expect(parseMounts(text).map(({ device }) => device)).toEqual(['/dev/sda2']);
});

it.each(['nfs', 'nfs4', 'cifs', '9p', 'ceph', 'fuse.sshfs', 'fuse.glusterfs'])(
  'knows that %s may hang',
  (fsType) => {
    expect(parseMounts(line('0:60', '/mnt/nas', fsType))[0]!.remote).toBe(true);
  },
);

it.each(['ext4', 'xfs', 'btrfs', 'zfs', 'vfat', 'fuseblk', 'tmpfs'])(
  'knows that %s answers by itself',
  (fsType) => {
    expect(parseMounts(line('8:1', '/mnt/disk', fsType))[0]!.remote).toBe(false);
  },
);
