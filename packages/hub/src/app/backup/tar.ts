// Writes and reads the one file of a backup: a tar archive (POSIX ustar), so that anybody's tar opens it too. What is in
// it is left to backup.ts.
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BackupRefused } from './errors.ts';

const BLOCK_BYTES = 512;
/** The largest number that eleven octal digits hold; larger sizes are written in base 256 (as GNU tar does). */
const MAX_OCTAL = 0o77777777777;

export interface TarEntry {
  /** Up to 100 characters of ASCII, without a slash. */
  readonly name: string;
  readonly path: string;
}

/** Writes a new file with mode 0600, on the disk when it resolves. */
export async function writeTar(
  to: string,
  entries: readonly TarEntry[],
  onBytes: (bytes: number) => void,
): Promise<void> {
  const handle = await open(to, 'wx', 0o600);
  try {
    for (const { name, path } of entries) {
      const { size, mtimeMs } = await stat(path);
      await handle.write(header(name, size, mtimeMs));
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
        await handle.write(chunk as Buffer);
        onBytes((chunk as Buffer).length);
      }
      await handle.write(Buffer.alloc(padding(size)));
    }
    await handle.write(Buffer.alloc(2 * BLOCK_BYTES));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Unpacks the named files into a folder; others are left in the archive.
 *  @throws {BackupRefused} when it is no tar archive, or cut off */
export async function readTar(from: string, folder: string, names: readonly string[]): Promise<Set<string>> {
  const { size: total } = await stat(from);
  const found = new Set<string>();
  const handle = await open(from, 'r');
  try {
    for (let at = 0; at < total; ) {
      const entry = await readHeader(handle, at, from);
      if (entry === null) return found;
      const start = at + BLOCK_BYTES;
      if (start + entry.size > total) throw new BackupRefused(`${from} is cut off within ${entry.name}.`);
      if (names.includes(entry.name)) {
        await extract(from, { start, size: entry.size }, join(folder, entry.name));
        found.add(entry.name);
      }
      at = start + entry.size + padding(entry.size);
    }
    throw new BackupRefused(`${from} is cut off: its end is missing.`);
  } finally {
    await handle.close();
  }
}

async function extract(
  from: string,
  { start, size }: { start: number; size: number },
  to: string,
): Promise<void> {
  const out = createWriteStream(to, { flags: 'wx', mode: 0o600 });
  if (size === 0) out.end();
  else await pipeline(createReadStream(from, { start, end: start + size - 1 }), out);
}

/** Null at the end of the archive. */
async function readHeader(
  handle: FileHandle,
  at: number,
  from: string,
): Promise<{ name: string; size: number } | null> {
  const block = Buffer.alloc(BLOCK_BYTES);
  await handle.read(block, 0, BLOCK_BYTES, at);
  if (block.every((byte) => byte === 0)) return null;
  const written = Number.parseInt(block.toString('latin1', 148, 156), 8);
  if (written !== checksum(block))
    throw new BackupRefused(`${from} is no backup: it is not a tar archive, or damaged.`);
  const name = block.toString('latin1', 0, block.indexOf(0));
  return { name, size: readSize(block) };
}

function header(name: string, size: number, mtimeMs: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, 100, 'latin1');
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  writeSize(block, size);
  block.write(`${octal(Math.floor(mtimeMs / 1000), 11)}\0`, 136);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write(`${octal(checksum(block), 6)}\0 `, 148);
  return block;
}

function writeSize(block: Buffer, size: number): void {
  if (size <= MAX_OCTAL) {
    block.write(`${octal(size, 11)}\0`, 124);
    return;
  }
  block[124] = 0x80;
  block.writeBigUInt64BE(BigInt(size), 128);
}

function readSize(block: Buffer): number {
  if (block[124] === 0x80) return Number(block.readBigUInt64BE(128));
  return Number.parseInt(block.toString('latin1', 124, 135), 8);
}

/** The sum of all bytes, the checksum's own taken as spaces. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (const [i, byte] of block.entries()) sum += i >= 148 && i < 156 ? 0x20 : byte;
  return sum;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function padding(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}
