// Names the settings of a notification that Guardia has none for: how a message looks, sounds, and how urgent it is.
// Which keys those are is for each importer.
import type { Fields } from './fields.ts';

/** Tells of those that are given; what is off counts as not given. */
export function tellLooks(
  given: Fields,
  keys: readonly string[],
  tell: (reason: string, next: string) => void,
): void {
  const used = keys.filter(
    (key) => given.has(key) && given.values[key] !== '' && given.values[key] !== false,
  );
  if (used.length > 0)
    tell(
      `not chosen here: ${used.join(', ')}`,
      'docs/notifiers.md says how messages look and how urgent they are.',
    );
}
