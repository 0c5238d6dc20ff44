// What other domains may know of silences and mutes: how they are listed, made and ended. Which alerts they hold is
// decided when an alert is told.
import type { Alert, EpochMs, Silence, TargetId } from '@guardia/model';

export type NewSilence = Omit<Silence, 'id' | 'owner'>;

export interface Silences {
  /** Those that are not over, soonest end first. */
  list(): readonly Silence[];
  /** @throws {InvalidSilence} naming field, value and limit */
  add(silence: NewSilence): Promise<Silence>;
  /** Ends one of the API now.
   *  @param by who does
   *  @returns false when there is none of this id, it is over, or the file owns it */
  end(id: string, by: string): Promise<boolean>;
  /** The one that means this alert now and ends last, whether it was told before or not; mutes aside. */
  silencing(alert: Alert): Silence | null;
}

/** When work on a target was or is planned: that time doesn't count for its uptime. What has passed is as it was planned
 *  then, whatever the configuration says now. In order of their beginnings, both times within the range; they may overlap. A
 *  long range is walked in parts, between which others have their turn. Rejects with DatabaseError.
 *  @param most ends the walk at so many, which then need not be the earliest; all when not given */
export type PlannedWork = (
  targetId: TargetId,
  range: { readonly start: EpochMs; readonly end: EpochMs },
  most?: number,
) => Promise<readonly { readonly start: EpochMs; readonly end: EpochMs }[]>;

export interface AlertControl {
  /** Notes that somebody has seen a firing alert: reminders and escalation end. One that was acknowledged before stays as it
   *  was, unless the note says something.
   *  @returns undefined when no alert of this id fires */
  acknowledge(id: string, who: { readonly by: string; readonly note: string }): Promise<Alert | undefined>;
}
