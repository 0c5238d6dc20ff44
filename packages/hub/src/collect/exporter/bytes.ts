// The bytes of one exposition, followed by a line feed that isn't part of it, so that reading a line needs no test for
// the end. How they are read is left to the parser; it also says where in them a mistake is.
import { BadAnswer } from '../http/bad-answer.ts';

const TAB = 9;
export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
export const SPACE = 32;
export const QUOTE = 34;
export const HASH = 35;
export const COMMA = 44;
export const EQUALS = 61;
export const BACKSLASH = 92;
export const BRACE_OPEN = 123;
export const BRACE_CLOSE = 125;

/** Capacity that is kept between two bodies; what is larger is given back. */
const KEPT_BYTES = 4 * 1024 * 1024;
const SMALLEST_BYTES = 1024;
/** How much of a line an error shows on either side of the mistake, bytes. */
const EXCERPT_BYTES = 40;

/** A buffer that is filled again and again: one serves all exporters, as a body is parsed at once. */
export class Bytes {
  data: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  length = 0;

  /** Takes a body over from its parts. */
  fill(parts: readonly Uint8Array[], length: number): void {
    this.#reserve(length + 1);
    let at = 0;
    for (const part of parts) {
      this.data.set(part, at);
      at += part.length;
    }
    this.length = length;
    this.data[length] = LINE_FEED;
  }

  /** Becomes a copy. */
  copy(from: Bytes): void {
    this.#reserve(from.length + 1);
    from.data.copy(this.data, 0, 0, from.length + 1);
    this.length = from.length;
  }

  text(start: number, end: number): string {
    return this.data.toString('latin1', start, end);
  }

  /** A mistake at a place: `line 3, column 9: must be …, in "go_threads x"`. */
  mistake(at: number, text: string): BadAnswer {
    const lineStart = at === 0 ? 0 : this.data.lastIndexOf(LINE_FEED, at - 1) + 1;
    let line = 1;
    for (let i = 0; i < lineStart; i += 1) if (this.data[i] === LINE_FEED) line += 1;
    const from = Math.max(lineStart, at - EXCERPT_BYTES);
    const to = Math.min(this.data.indexOf(LINE_FEED, at), at + EXCERPT_BYTES);
    const excerpt = JSON.stringify(this.data.toString('utf8', from, to).trimEnd());
    return new BadAnswer(`line ${line}, column ${at - lineStart + 1}: ${text}, in ${excerpt}`);
  }

  #reserve(needed: number): void {
    const isWasteful = this.data.length > KEPT_BYTES && needed <= KEPT_BYTES;
    if (needed <= this.data.length && !isWasteful) return;
    const size = Math.max(SMALLEST_BYTES, needed + (needed >> 2));
    this.data = Buffer.from(new ArrayBuffer(size));
    this.view = new DataView(this.data.buffer);
  }
}

/** The first place from `at` on that is neither blank nor tab. */
export function skipBlanks(data: Uint8Array, at: number): number {
  let i = at;
  while (data[i] === SPACE || data[i] === TAB) i += 1;
  return i;
}

/** The place behind the line feed that ends the line here, or with `\r` before it; -1 when the line goes on. */
export function lineEnd(data: Uint8Array, at: number): number {
  if (data[at] === LINE_FEED) return at + 1;
  return data[at] === CARRIAGE_RETURN && data[at + 1] === LINE_FEED ? at + 2 : -1;
}
