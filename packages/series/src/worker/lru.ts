// A map that forgets what was not used for longest, so that what comes and goes can't fill memory. What is worth
// remembering is left to its users.

/** Holds at most `max` entries. */
export class Lru<K, V> {
  readonly #max: number;
  readonly #entries = new Map<K, V>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The remembered value, else what `make` gives, which is remembered from then on. */
  get(key: K, make: () => V): V {
    const found = this.#entries.get(key);
    const value = found === undefined ? make() : found;
    // A Map keeps the order of insertion: the first key is the one not used for longest.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#max) this.#entries.delete(this.#entries.keys().next().value!);
    return value;
  }
}
