// A silence or a mute as the API shows it. Who may make and end one is for the routes.
import type { Silence } from '@guardia/model';
import { formatTime } from '../time.ts';

export function silenceJson(silence: Silence) {
  const { id, kind, match, startsAt, endsAt, author, reason, owner } = silence;
  return {
    id,
    kind,
    match,
    starts_at: formatTime(startsAt),
    ends_at: formatTime(endsAt),
    author,
    reason,
    owner,
  };
}
