// Why the messages of an alert are held, in words for the time line, which outlives the silences that it speaks of. What
// holds an alert is the alerts domain's.
import type { Alert, AlertMatch, Silence, TargetId } from '@guardia/model';

/** What must be known to say it. */
export interface HeldContext {
  /** What people call a target. */
  nameOf(id: TargetId): string;
  /** A silence that is not over; undefined when there is none of this id. */
  silenceOf(id: string): Pick<Silence, 'author' | 'reason' | 'match'> | undefined;
}

/** Longest reason that is quoted, in characters. */
const MAX_REASON = 120;

/** Empty: they aren't held. Some people may have been told before. */
export function heldWords({ held, targetName }: Alert, context: HeldContext): string {
  switch (held?.reason) {
    case undefined:
      return '';
    case 'silence':
      return silenceWords(held.by, context);
    case 'maintenance':
      return `during the maintenance ${held.by}`;
    case 'mute':
      return 'while all alerts are muted';
    case 'parent':
      return held.by === targetName ? 'while it is down' : `while ${held.by} fails, on which it depends`;
    case 'flapping':
      return 'while it comes and goes';
  }
}

function silenceWords(id: string, context: HeldContext): string {
  const silence = context.silenceOf(id);
  if (silence === undefined) return 'by a silence that is over';
  return `by the silence of ${silence.author} for ${matchWords(silence.match, context)}: ${quoted(silence.reason)}`;
}

/** What is meant, in the words of the configuration: `target web-*, rule disk`. */
export function matchWords(match: AlertMatch, { nameOf }: Pick<HeldContext, 'nameOf'>): string {
  const words = Object.entries(match).map(
    ([key, value]) => `${key} ${key === 'target' ? nameOf(value) : value}`,
  );
  return words.join(', ');
}

/** A reason as far as a sentence has room for it. */
export function quoted(reason: string): string {
  return reason.length <= MAX_REASON ? reason : `${reason.slice(0, MAX_REASON - 1).toWellFormed()}…`;
}
