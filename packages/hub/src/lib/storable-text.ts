// A text of a far side as every database stores it, so that what is kept in memory and what is stored stay one and the
// same key. How long a text may be is left to whoever reads it.

/** With U+FFFD for lone surrogates, which SQLite replaces, and for NUL, which PostgreSQL doesn't store. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
