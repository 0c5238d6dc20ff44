// Shows in an error text what a far side sent. Whether it may be shown at all is for the conversation, which knows
// whether a secret was sent before.

const MAX_CHARACTERS = 80;

/** The first 80 characters in quotes; whatever isn't printable ASCII is a dot. */
export function quoted(received: Buffer): string {
  const text = received
    .subarray(0, MAX_CHARACTERS + 1)
    .toString('latin1')
    .trimEnd()
    .replace(/[^ -~]/g, '.');
  return text.length > MAX_CHARACTERS ? `"${text.slice(0, MAX_CHARACTERS)}…"` : `"${text}"`;
}
