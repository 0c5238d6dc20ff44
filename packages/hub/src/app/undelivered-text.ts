// What is said of messages that a notifier could not deliver: how many, about what, why, and what to do next. When that is
// said, and to whom, is self-watch.ts's.
import { cut, oneLine } from '../alerts/notifiers/message-text.ts';

export interface Undelivered {
  readonly id: string;
  /** What the alert says that it was about; null where that isn't known. */
  readonly about: string | null;
}

/** So many alerts are named, each cut to so many characters: what to do next has to stay in sight. */
const MAX_NAMED = 2;
const MAX_ABOUT = 100;
const MAX_ERROR = 150;

/** One text for people.
 *  @param lastError what came of the last attempt of the newest; null: nothing is known of it */
export function undeliveredText(
  notifier: string,
  dead: readonly [Undelivered, ...Undelivered[]],
  lastError: string | null,
): string {
  const count = dead.length === 1 ? '1 message' : `${dead.length} messages`;
  const error =
    lastError === null ? 'no error is known' : `the last error: ${cut(oneLine(lastError), MAX_ERROR)}`;
  const path = encodeURIComponent(notifier);
  const [again, id] = dead.length === 1 ? ['the message', dead[0].id] : ['them', '{id}'];
  return (
    `The notifier ${notifier} could not deliver ${count}${aboutText(dead)} (${error}). ` +
    `Try it with POST /api/v1/notifiers/${path}/test and mend what it names; then send ${again} again, on the page or with POST /api/v1/deliveries/${id}/retry`
  );
}

function aboutText(dead: readonly Undelivered[]): string {
  const all = [...new Set(dead.flatMap(({ about }) => (about === null ? [] : [oneLine(about)])))];
  if (all.length === 0) return '';
  const named = all.slice(0, MAX_NAMED).map((about) => `"${cut(about, MAX_ABOUT)}"`);
  const more = all.length - named.length;
  return ` about ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
