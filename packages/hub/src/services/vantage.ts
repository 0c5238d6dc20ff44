// Asks every location of a service at once what it finds: this hub itself, and agents that check for it. What the hub can't
// see and what an agent doesn't answer is UNKNOWN; what the locations amount to is combine.ts's.
import type { CheckResult } from '@guardia/checks';
import { type CheckSpec, GuardiaError, type ServiceConfig, type TargetId } from '@guardia/model';
import type { Located } from './combine.ts';
import type { Sight, SightTarget } from './public.ts';
import { hostOf } from './host.ts';
import { readCheckResult } from './read-check-result.ts';

/** The location that is this hub. */
export const HUB = 'hub';
/** How long the hub may take for a check that only says whether something answers at all. */
const RETRY_MS = 3_000;

export interface VantagePorts {
  readonly sight: Sight;
  /** Runs one check from here; ends early, with anything, when the signal aborts. */
  check(spec: CheckSpec, signal: AbortSignal): Promise<CheckResult>;
  /** Has an agent run one check: what it answered, unread. Rejects with a GuardiaError where it didn't, or where there is
   *  no such agent. */
  checkAt(location: string, spec: CheckSpec, signal: AbortSignal): Promise<unknown>;
}

/** In the order of the service's locations.
 *  @returns once the slowest location has answered or run out of time */
export function askLocations(
  ports: VantagePorts,
  id: TargetId,
  config: ServiceConfig,
  signal: AbortSignal,
): Promise<readonly Located[]> {
  return Promise.all(
    config.locations.map(async (location) => ({
      location,
      result: await (location === HUB
        ? fromHub(ports, id, config, signal)
        : fromAgent(ports, location, config.check, signal)),
    })),
  );
}

/** What makes sure that the hub can see, by this service. */
function sightTarget(
  { check }: Pick<VantagePorts, 'check'>,
  id: TargetId,
  { name, check: spec }: ServiceConfig,
): SightTarget {
  const quick = { ...spec, retries: 0, timeoutMs: Math.min(spec.timeoutMs, RETRY_MS) };
  const retry = async (signal: AbortSignal): Promise<boolean> => isAnswer(await check(quick, signal), spec);
  return { id, name, host: hostOf(spec), retry: spec.type === 'push' ? null : retry };
}

async function fromHub(
  ports: VantagePorts,
  id: TargetId,
  config: ServiceConfig,
  signal: AbortSignal,
): Promise<CheckResult> {
  const result = await ports.check(config.check, signal);
  if (signal.aborted) return result;
  const target = sightTarget(ports, id, config);
  if (isAnswer(result, config.check)) {
    ports.sight.saw(target);
    return result;
  }
  if (result.status === 'down') return (await ports.sight.confirm(target)) ? result : unseen(result);
  await ports.sight.doubt(target);
  return result;
}

/** Whether something came from the far side, be it an error or a certificate that isn't trusted: what many services
 *  answer wrongly at once is no blindness. This machine's own resolver answers for names that it can't look up. */
function isAnswer({ status, responseTimeMs, sslExpiryDays }: CheckResult, spec: CheckSpec): boolean {
  if (status !== 'down') return status !== 'unknown';
  if (spec.type === 'dns' && spec.resolver === null) return false;
  return responseTimeMs !== null || sslExpiryDays !== null;
}

/** A failure that can't be believed. */
export function unseen(result: CheckResult): CheckResult {
  const errorMessage = `The hub can't see at the moment, so this may say nothing of the service: ${result.errorMessage}`;
  return { ...result, status: 'unknown', errorMessage };
}

async function fromAgent(
  { checkAt }: VantagePorts,
  location: string,
  spec: CheckSpec,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    return readCheckResult(await checkAt(location, spec, signal));
  } catch (error) {
    if (!(error instanceof GuardiaError)) throw error;
    return unknownResult(`${location} didn't check: ${error.message}`);
  }
}

export function unknownResult(errorMessage: string): CheckResult {
  return {
    status: 'unknown',
    responseTimeMs: null,
    httpStatusCode: null,
    sslExpiryDays: null,
    errorMessage,
    degradedBy: null,
    readings: {},
  };
}
