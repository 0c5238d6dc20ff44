// Keeps the blocks of targets that questions about one range have read: for other series of the same targets, asked for at
// the same time. When what was read no longer holds is the target's version's to say.
import type { BlockReader } from '../codec/block.ts';
import type { TimeRange } from '../query/source.ts';
import type { TargetNo } from './chunk-store.ts';
import type { OpenTarget } from './open-target.ts';

/** Bytes that are kept, about: a thousand targets of a hundred series each, for five minutes of both. */
const MAX_BYTES = 8 * 1024 * 1024;

interface Read {
  readonly version: number;
  readonly readers: readonly BlockReader[];
}

/** Of the range that was asked for last. */
export class BlockMemo {
  readonly #targets = new Map<TargetNo, Read>();
  #start = 0;
  #end = 0;
  #bytes = 0;

  get(target: OpenTarget, { start, end }: TimeRange): readonly BlockReader[] | undefined {
    if (start !== this.#start || end !== this.#end) return undefined;
    const read = this.#targets.get(target.no);
    return read?.version === target.version ? read.readers : undefined;
  }

  /** @param version the target's when reading began */
  put(target: OpenTarget, { start, end }: TimeRange, { version, readers }: Read): void {
    const isOther = start !== this.#start || end !== this.#end;
    if (isOther || this.#bytes > MAX_BYTES) this.clear();
    this.#start = start;
    this.#end = end;
    this.#targets.set(target.no, { version, readers });
    for (const { bytes } of readers) this.#bytes += bytes;
  }

  clear(): void {
    this.#targets.clear();
    this.#bytes = 0;
  }
}
