// When a local time of a time zone is. Which zone is meant is for the importers.

/** Reads `2026-12-01 22:00` or `2026-12-01T22:00:00` in the zone; null for other texts and zones.
 *  In the hour that comes twice it is one of both; in the one that is left out, an hour beside it. */
export function instantIn(local: string | undefined, zone: string): Date | null {
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?/.exec(local ?? '');
  if (parts === null) return null;
  const asUtc = Date.parse(`${parts[1]}T${parts[2]}${parts[3] ?? ':00'}Z`);
  if (Number.isNaN(asUtc)) return null;
  try {
    const near = asUtc - offsetMs(asUtc, zone);
    return new Date(asUtc - offsetMs(near, zone));
  } catch {
    return null;
  }
}

/** @throws {RangeError} for a zone that isn't known */
function offsetMs(at: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3_600_000 + Number(minutes) * 60_000);
}
