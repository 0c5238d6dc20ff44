// Keeps a damaged chunk where it is, behind a sound one of what came later or could be made anew, and opens chunks of either
// form. Who is told of the damage, and what is made anew, is left to the engine.
import { ByteReader, ByteWriter } from './bytes.ts';
import { CorruptChunk } from './samples.ts';

const VERSION = 130;

/** What can't be read of a chunk. */
export interface Damage {
  readonly bytes: Uint8Array;
  readonly error: Error;
  /** Whether it was set aside before. */
  readonly isSetAside: boolean;
}

export interface Opened<T> {
  /** Undefined when there is no chunk, or nothing of it can be read. */
  readonly sound: T | undefined;
  readonly damage?: Damage;
}

/** Both checksums are their own: damage to either leaves the other as it is. */
export function setAside(sound: Uint8Array, damaged: Uint8Array): Uint8Array {
  const out = new ByteWriter(sound.length + damaged.length + 16);
  out.byte(VERSION);
  out.varint(sound.length);
  out.bytes(sound);
  out.bytes(damaged);
  return out.written.slice();
}

/** Never throws: what can't be decoded is damage. */
export function openChunk<T>(data: Uint8Array | undefined, decode: (data: Uint8Array) => T): Opened<T> {
  if (data === undefined) return { sound: undefined };
  try {
    return { sound: decode(data) };
  } catch (error) {
    return openSetAside(data, decode) ?? damaged(data, error as Error);
  }
}

function openSetAside<T>(data: Uint8Array, decode: (data: Uint8Array) => T): Opened<T> | undefined {
  if (data[0] !== VERSION) return undefined;
  try {
    const reader = new ByteReader(data);
    reader.byte();
    const sound = decode(reader.bytes(reader.varint()));
    const error = new CorruptChunk('It was damaged before, and could not be made anew as a whole');
    return { sound, damage: { bytes: reader.bytes(reader.left), error, isSetAside: true } };
  } catch {
    return undefined;
  }
}

function damaged<T>(bytes: Uint8Array, error: Error): Opened<T> {
  return { sound: undefined, damage: { bytes, error, isSetAside: false } };
}
