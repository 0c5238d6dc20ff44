// Text as Discord takes it: names that can't format or mention, code spans, bars of ten cells.
// What a message says is discord-message.ts.
import { characterCount, cut, isBlank, readable } from '../message-text.ts';

/** Shown where Discord demands a text and there is none. */
const NOTHING = '-';
const CELLS = 10;

/** Makes a text from outside harmless: markdown is escaped, mentions can't match. */
export function escapeText(text: string): string {
  return (
    readable(text)
      .replace(/[\\*_~`|<>[\]()#]/g, '\\$&')
      // A zero-width space ends `@everyone` and `@here` before they begin; a backslash wouldn't everywhere.
      .replace(/@/g, '@\u200b')
      .replace(/^(\s*)([-+]|\d+\.)(?=\s)/gm, '$1\\$2')
  );
}

/** A text from outside, harmless and at most `max` characters long with all that makes it so; a blank one becomes a
 *  dash. */
export function shown(text: string, max: number): string {
  if (isBlank(text)) return NOTHING;
  return escapeText(cut(readable(text), max, (part) => characterCount(escapeText(part))));
}

/** A text in a code span, where nothing is formatted. A backquote can't be escaped there and becomes an apostrophe. */
export function codeSpan(text: string, max: number): string {
  if (isBlank(text)) return NOTHING;
  const inside = readable(text).replaceAll('`', "'").replace(/\s+/g, ' ').trim();
  return `\`${cut(inside, max - 2)}\``;
}

/** Ten cells, filled to the nearest tenth of `scale`: 82 of 100 is `████████░░`. */
export function bar(value: number, scale: number): string {
  const filled = Math.min(CELLS, Math.max(0, Math.round((value / scale) * CELLS) || 0));
  return '█'.repeat(filled) + '░'.repeat(CELLS - filled);
}
