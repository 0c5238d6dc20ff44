// Keeps chunks that queries decoded last, up to a number of samples. What is in a chunk, and when it has changed, is left
// to the reader.
import type { Samples } from '../codec/samples.ts';

/** Samples that are kept in all: 8 MiB. */
const MAX_SAMPLES = 524_288;

/** Oldest use goes first. */
export class ChunkCache {
  readonly #chunks = new Map<string, { readonly version: number; readonly samples: Samples }>();
  #samples = 0;

  /** The decoded chunk, unless it was put in at another version of its target. */
  get(series: number, slot: number, version: number): Samples | undefined {
    const key = `${series}/${slot}`;
    const found = this.#chunks.get(key);
    if (found === undefined) return undefined;
    this.#remove(key);
    if (found.version !== version) return undefined;
    this.#add(key, found);
    return found.samples;
  }

  put(series: number, slot: number, version: number, samples: Samples): void {
    const key = `${series}/${slot}`;
    this.#remove(key);
    this.#add(key, { version, samples });
    for (const oldest of this.#chunks.keys()) {
      if (this.#samples <= MAX_SAMPLES) return;
      this.#remove(oldest);
    }
  }

  clear(): void {
    this.#chunks.clear();
    this.#samples = 0;
  }

  #add(key: string, entry: { readonly version: number; readonly samples: Samples }): void {
    this.#chunks.set(key, entry);
    this.#samples += entry.samples.times.length;
  }

  #remove(key: string): void {
    const found = this.#chunks.get(key);
    if (found === undefined) return;
    this.#chunks.delete(key);
    this.#samples -= found.samples.times.length;
  }
}
