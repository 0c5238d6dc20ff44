// What the reader looks for in the lists: words, and `key:value`. Which keys something has is for who lists it.

/** @returns the test of an item's fields: texts, or lists of texts, by key. All parts must hold; a word may be in any field */
export function filterOf(text) {
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (fields) => parts.every((part) => holds(part, fields));
}

function holds(part, fields) {
  const colon = part.indexOf(':');
  const key = part.slice(0, Math.max(colon, 0));
  if (Object.hasOwn(fields, key))
    return textsOf(fields[key]).some((text) => text.includes(part.slice(colon + 1)));
  return Object.values(fields)
    .flatMap(textsOf)
    .some((text) => text.includes(part));
}

const textsOf = (field) => [field].flat().map((text) => String(text ?? '').toLowerCase());
