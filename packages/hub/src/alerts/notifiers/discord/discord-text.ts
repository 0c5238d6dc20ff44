// Text as Discord takes it: names that can't format or mention, lengths in characters, bars of ten cells.
// What a message says is discord-message.ts.

/** Shown where Discord demands a text and there is none. */
const NOTHING = '-';
const CELLS = 10;

/** Makes a text from outside harmless: markdown is escaped, mentions can't match, lone surrogates are replaced. */
export function escapeText(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/[\\*_~`|<>[\]()#]/g, '\\$&')
      // A zero-width space ends `@everyone` and `@here` before they begin; a backslash wouldn't everywhere.
      .replace(/@/g, '@\u200b')
      .replace(/^(\s*)([-+]|\d+\.)(?=\s)/gm, '$1\\$2')
  );
}

/** A text in a code span, where nothing is formatted. A backquote can't be escaped there and becomes an apostrophe. */
export function codeSpan(text: string, max: number): string {
  const inside = text.toWellFormed().replaceAll('`', "'").replace(/\s+/g, ' ').trim();
  return inside === '' ? NOTHING : `\`${cut(inside, max - 2)}\``;
}

/** Cuts to `max` characters (code points), the last of them an ellipsis; a blank text becomes a dash. */
export function cut(text: string, max: number): string {
  if (!/[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]/u.test(text)) return NOTHING;
  const characters = [...text];
  if (characters.length <= max) return text;
  const kept = characters.slice(0, max - 1).join('');
  // A backslash left alone at the end would escape the ellipsis.
  const danglers = /\\*$/.exec(kept)?.[0].length ?? 0;
  return `${danglers % 2 === 1 ? kept.slice(0, -1) : kept}…`;
}

/** Length as Discord's limits count it. */
export function characterCount(text: string): number {
  return [...text].length;
}

/** Ten cells, filled to the nearest tenth of `scale`: 82 of 100 is `████████░░`. */
export function bar(value: number, scale: number): string {
  const filled = Math.min(CELLS, Math.max(0, Math.round((value / scale) * CELLS) || 0));
  return '█'.repeat(filled) + '░'.repeat(CELLS - filled);
}
