// Which column of the kernel's tables holds what, for both ways of writing a reading. Reading the tables is left
// to `linux/`.

/** Sectors of /proc/diskstats are 512 bytes whatever the device's own are (iostats.rst). */
export const DISK_SECTOR_BYTES = 512;

/** Columns of /proc/diskstats after the name that the JSON tells. */
export const DISK = { reads: 0, sectorsRead: 2, writes: 4, sectorsWritten: 6, ioMs: 9 } as const;

/** Columns of /proc/net/dev that the JSON tells. */
export const NETWORK = {
  receivedBytes: 0,
  receivedPackets: 1,
  receivedErrors: 2,
  receivedDropped: 3,
  transmittedBytes: 8,
  transmittedPackets: 9,
  transmittedErrors: 10,
  transmittedDropped: 11,
} as const;
