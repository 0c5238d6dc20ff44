// What several locations found of a service at one time, as one result: a pure vote. Asking the locations is left to
// vantage.ts, and what follows from the result to alerts.
import type { CheckResult } from '@guardia/checks';
import type { CheckStatus } from '@guardia/model';

/** What one location found. */
export interface Located {
  readonly location: string;
  readonly result: CheckResult;
}

/** In the order in which texts name them. */
const STATUSES: readonly CheckStatus[] = ['down', 'degraded', 'up', 'unknown'];

/** Locations that are UNKNOWN don't vote. DOWN when at least `quorum` say so, DEGRADED when DOWN and DEGRADED together
 *  are that many, UNKNOWN when fewer than `quorum` know anything and none is UP, else UP. What was measured is that of the
 *  first location which found what it amounts to. Of one location it is the result as it is.
 *  @param found at least one */
export function combine(found: readonly Located[], quorum: number): CheckResult {
  const first = found[0]!.result;
  if (found.length === 1) return first;
  const by = Map.groupBy(found, ({ result }) => result.status);
  const status = vote((each) => by.get(each)?.length ?? 0, quorum);
  const speaker = by.get(status)?.[0]?.result ?? first;
  return {
    ...speaker,
    status,
    sslExpiryDays: leastDays(found),
    errorMessage: status === 'up' ? null : textOf(by, speaker.errorMessage),
    degradedBy: status === 'degraded' ? reasonOf(by) : null,
  };
}

function vote(count: (status: CheckStatus) => number, quorum: number): CheckStatus {
  if (count('down') >= quorum) return 'down';
  if (count('down') + count('degraded') >= quorum) return 'degraded';
  // with nobody UP, all that know anything would have made the quorum above
  return count('up') === 0 ? 'unknown' : 'up';
}

/** `down from fra, hub; up from web-1: connection refused`. */
function textOf(by: ReadonlyMap<CheckStatus, readonly Located[]>, reason: string | null): string {
  const votes = STATUSES.filter((status) => by.has(status)).map((status) => {
    const locations = by.get(status)!.map(({ location }) => location);
    return `${status} from ${locations.sort().join(', ')}`;
  });
  const text = votes.join('; ');
  return reason === null ? text : `${text}: ${reason}`;
}

/** Of the certificate alone only where nobody found anything else. */
function reasonOf(by: ReadonlyMap<CheckStatus, readonly Located[]>): CheckResult['degradedBy'] {
  const isCertificate = by.get('degraded')?.every(({ result }) => result.degradedBy === 'certificate');
  return isCertificate && !by.has('down') ? 'certificate' : 'expectation';
}

function leastDays(found: readonly Located[]): number | null {
  const days = found.map(({ result }) => result.sslExpiryDays).filter((each) => each !== null);
  return days.length === 0 ? null : Math.min(...days);
}
