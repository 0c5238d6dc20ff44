// Knows which chunks were found damaged and are still there, as marks of the store, so that a restart doesn't hide them.
// Finding them, making them anew and telling of them is left to others.
import type { TargetId } from '@guardia/model';
import { chunkKey, seriesOfKey, slotOfKey } from './chunk-key.ts';
import type { ChunkPlace, ChunkStore, ChunkTier, Day } from './chunk-store.ts';

const PREFIX = 'damaged/';
/** More are found again when they are read. */
const MAX_KNOWN = 10_000;

export class Damages {
  /** By the name of their mark. */
  readonly #known = new Map<string, ChunkPlace>();
  readonly #unsaved = new Set<string>();
  readonly #blocks = new Set<string>();

  get count(): number {
    return this.#known.size + this.#blocks.size;
  }

  get places(): ChunkPlace[] {
    return [...this.#known.values()];
  }

  has(place: ChunkPlace): boolean {
    return this.#known.size > 0 && this.#known.has(nameOf(place));
  }

  note(place: ChunkPlace): void {
    const name = nameOf(place);
    if (this.#known.has(name) || this.#known.size >= MAX_KNOWN) return;
    this.#known.set(name, place);
    this.#unsaved.add(name);
  }

  /** It is gone, or sound again. */
  forget(place: ChunkPlace): void {
    if (this.has(place) && this.#known.delete(nameOf(place))) this.#unsaved.add(nameOf(place));
  }

  /** Blocks are gone with the next merge: they count until the end of this run. */
  noteBlock(targetId: TargetId, day: Day): void {
    if (this.#blocks.size < MAX_KNOWN) this.#blocks.add(`${targetId} ${day}`);
  }

  async load(store: ChunkStore): Promise<void> {
    for (const name of await store.marks(PREFIX)) {
      const [, tier, key] = name.split('/');
      const place = {
        tier: tier as ChunkTier,
        series: seriesOfKey(Number(key)),
        slot: slotOfKey(Number(key)),
      };
      this.#known.set(name, place);
    }
  }

  async save(store: ChunkStore): Promise<void> {
    for (const name of this.#unsaved) {
      await store.setMark(name, this.#known.has(name) ? 1 : null);
      this.#unsaved.delete(name);
    }
  }
}

function nameOf({ tier, series, slot }: ChunkPlace): string {
  return `${PREFIX}${tier}/${chunkKey(slot, series)}`;
}
