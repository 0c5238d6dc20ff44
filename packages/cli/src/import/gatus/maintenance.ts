// What Gatus's maintenance becomes: windows that begin at a time of day, on all or some days of the week. Whom they
// are for is told by those who call.
import type { Draft } from '../draft.ts';
import type { Fields } from '../fields.ts';
import { goDurationMs, written } from '../values.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** @param target name of the service, or * */
export function addWindow(
  draft: Draft,
  given: Fields,
  { origin, target }: { origin: string; target: string },
): void {
  if (!(given.flag('enabled') ?? true)) return;
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(given.text('start') ?? '') ?? [];
  const days = given.texts('every').map((day) => DAYS.indexOf(day));
  if (hour === undefined || days.includes(-1)) {
    draft.report.leftOut(
      `${origin}: maintenance`,
      'its start or days are not readable',
      'Write a window by hand.',
    );
    return;
  }
  const weekdays = days.length === 0 ? '*' : days.toSorted().join(',');
  draft.plan(`${origin}: maintenance`, 'maintenance', {
    match: { target },
    cron: `${Number(minute)} ${Number(hour)} * * ${weekdays}`,
    timezone: given.text('timezone'),
    duration: written(goDurationMs(given.text('duration'))),
  });
}
