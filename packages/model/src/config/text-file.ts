// Reads a small text file with the reason when it can't be read, in words for people. Which file, and what it
// holds, is for the caller.
import { type FileHandle, open } from 'node:fs/promises';

export type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

/** Reads a file of at most `maxBytes` as UTF-8, a byte order mark left out. Never reads more than one byte above. */
export async function readText(file: string, maxBytes: number): Promise<ReadText> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    if ((await handle.stat()).isDirectory()) return { ok: false, reason: REASONS.EISDIR! };
    const bytes = await readUpTo(handle, maxBytes + 1);
    if (bytes.length > maxBytes) return { ok: false, reason: `it is larger than ${formatBytes(maxBytes)}` };
    return decode(bytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { ok: false, reason: REASONS[code] ?? code };
  } finally {
    await handle?.close();
  }
}

/** Devices and pipes tell no size, so the size is found by reading. */
async function readUpTo(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  while (total < maxBytes) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(65_536, maxBytes - total)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer): ReadText {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return { ok: true, text };
  } catch {
    // Falls through: not UTF-8 is as good as binary.
  }
  return { ok: false, reason: 'it is not text in UTF-8' };
}

function formatBytes(count: number): string {
  return count >= 1_048_576 ? `${count / 1_048_576} MiB` : `${count / 1_024} KiB`;
}
