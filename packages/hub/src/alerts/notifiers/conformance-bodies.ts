// What far sides of the conformance suite answer: a body without an end, and one that repeats a secret. When they answer it is
// conformance.ts's.

/** A path as secret as Discord's; for `create` to use as token and key as well. */
export const SECRET = 'sUp3r-S3cret_t0ken';

/** Short enough that all that a request has of the secret fits into what is quoted. */
export function aroundSecret(text: string): string {
  const at = text.indexOf(SECRET);
  return at < 0 ? '' : text.slice(Math.max(0, at - 5), at + SECRET.length);
}

/** A body that goes on for ever, a byte at a time. */
export async function* trickle(): AsyncGenerator<Buffer> {
  for (;;) {
    yield Buffer.from('o');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
