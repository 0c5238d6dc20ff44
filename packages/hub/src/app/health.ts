// How the hub itself is doing: what /health and /-/ready answer.
import type { HealthCheck, HealthReport } from '../api/deps.ts';

/** What the hub knows of itself at the moment. */
export interface HubState {
  readonly phase: 'starting' | 'running' | 'stopping';
  /** Why a database can't go on for good; null while both can. */
  readonly storageFailure: string | null;
}

/** Failing: storage is gone. Degraded: writing waits for something.
 *  @param writeError why writing samples is stuck at the moment; null while it isn't */
export function healthReport(state: HubState, writeError: string | null): HealthReport {
  const storage = storageCheck(state, writeError);
  return {
    status: storage.status,
    ready: state.phase === 'running' && storage.status !== 'failing',
    checks: [{ name: 'hub', status: 'ok', message: state.phase }, storage],
  };
}

function storageCheck({ storageFailure }: HubState, writeError: string | null): HealthCheck {
  if (storageFailure !== null) return { name: 'storage', status: 'failing', message: storageFailure };
  if (writeError !== null) return { name: 'storage', status: 'degraded', message: writeError };
  return { name: 'storage', status: 'ok', message: null };
}
