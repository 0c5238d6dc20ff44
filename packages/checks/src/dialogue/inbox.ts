// What a far side sent and nobody has taken yet, up to a bound over the whole conversation. What the bytes mean is for
// whoever takes them.

/** A conversation takes no more than this, taken bytes included: checks need little, and some servers never end. */
export const MAX_BYTES = 65_536;

export class Inbox {
  #store = Buffer.alloc(512);
  #from = 0;
  #to = 0;

  /** Whether the bound is reached; more isn't kept. */
  get isFull(): boolean {
    return this.#to === MAX_BYTES;
  }

  /** Whether nothing has ever come. */
  get isFresh(): boolean {
    return this.#to === 0;
  }

  /** What hasn't been taken; valid until the next `put`. */
  get bytes(): Buffer {
    return this.#store.subarray(this.#from, this.#to);
  }

  put(chunk: Buffer): void {
    const kept = chunk.subarray(0, MAX_BYTES - this.#to);
    this.#grow(this.#to + kept.length);
    kept.copy(this.#store, this.#to);
    this.#to += kept.length;
  }

  take(length: number): void {
    this.#from = Math.min(this.#from + length, this.#to);
  }

  /** Doubles: a far side that sends single bytes must not have all of them copied each time. */
  #grow(length: number): void {
    if (length <= this.#store.length) return;
    const larger = Buffer.alloc(Math.max(length, 2 * this.#store.length));
    this.#store.copy(larger, 0, 0, this.#to);
    this.#store = larger;
  }
}
