// A silence or a mute as people made it: what it means, from when to when, by whom and why. Which alerts it holds, and how it
// is made and ended, is the hub's.
import type { AlertMatch } from './config/hub-config.ts';
import type { EpochMs } from './ids.ts';

/** Holds deliveries of what it matches from `startsAt` to before `endsAt`. */
export interface Silence {
  readonly id: string;
  /** A mute means every alert. */
  readonly kind: 'silence' | 'mute';
  readonly match: AlertMatch;
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly author: string;
  readonly reason: string;
  /** `file`: of the configuration, which alone ends it. */
  readonly owner: 'file' | 'api';
}
