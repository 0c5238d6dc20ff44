// Text as every database can hold it. Where such text comes from, and how it is shown, is left to others.

/** Replaces halves of surrogate pairs, which UTF-8 can't hold, and NUL, which PostgreSQL can't, by U+FFFD. */
export function storedText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
