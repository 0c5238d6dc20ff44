// Silences, mutes and maintenance that begin and end, in words for the time line. Why the messages of one alert are held is
// held-words.ts's.
import type { EpochMs, MaintenanceEvent, SilenceEvent } from '@guardia/model';
import { type HeldContext, matchWords, quoted } from './held-words.ts';

type Names = Pick<HeldContext, 'nameOf'>;

const DAY_MS = 86_400_000;

export function silenceWords({ what, by, at, silence }: SilenceEvent, names: Names): string {
  const { kind, startsAt, endsAt } = silence;
  const isMute = kind === 'mute';
  const meant = isMute ? 'all alerts' : matchWords(silence.match, names);
  const it = isMute ? 'the mute' : `the silence of ${meant}`;
  const why = `: ${quoted(silence.reason)}`;
  if (what === 'made') {
    const from = startsAt > at ? ` from ${timeWords(startsAt, at)}` : '';
    return `${by} ${isMute ? 'muted' : 'silenced'} ${meant}${from} until ${timeWords(endsAt, at)}${why}`;
  }
  if (what === 'began') return `${it} began${why}`;
  return by === null ? `${it} is over${why}` : `${by} ended ${it}${why}`;
}

export function maintenanceWords({ what, name, match }: MaintenanceEvent, names: Names): string {
  return what === 'began' ? `${name} began: ${matchWords(match, names)}` : `${name} is over`;
}

/** With the day where that is another one. */
function timeWords(time: EpochMs, at: EpochMs): string {
  const [day, clock] = new Date(time).toISOString().split('T') as [string, string];
  const isSameDay = Math.floor(time / DAY_MS) === Math.floor(at / DAY_MS);
  return `${isSameDay ? '' : `${day} `}${clock.slice(0, 5)} UTC`;
}
