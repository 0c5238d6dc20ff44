// How the hub itself is doing: what /health and /-/ready answer.
import type { HealthCheck, HealthReport } from '../api/deps.ts';

/** What the hub knows of itself at the moment. */
export interface HubState {
  readonly phase: 'starting' | 'running' | 'stopping';
  /** Why a database can't go on for good; null while both can. */
  readonly storageFailure: string | null;
}

/** What its storage says at the moment. */
export interface StorageState {
  /** Why writing samples is stuck; null while it isn't. */
  readonly writeError: string | null;
  /** What keeps samples from the archive, if anything does; null where there is no archive. */
  readonly archive: { readonly problem: string | null } | null;
}

/** What is configured and can't do what it says, each in one sentence; null where there is nothing to say. */
export interface Doubts {
  /** Metrics of rules of which nothing is known. They may be yet to come, so this is no failure. */
  readonly rules: string | null;
  /** Witnesses that don't answer. */
  readonly witnesses: string | null;
}

/** Failing: storage is gone. Degraded: writing waits for something, or the archive or a witness can't be used. */
export function healthReport(
  state: HubState,
  { writeError, archive }: StorageState,
  { rules, witnesses }: Doubts,
): HealthReport {
  const storage = storageCheck(state, writeError);
  const others: HealthCheck[] = [];
  if (archive !== null) others.push(archiveCheck(archive.problem));
  if (witnesses !== null) others.push({ name: 'witnesses', status: 'degraded', message: witnesses });
  if (rules !== null) others.push({ name: 'rules', status: 'ok', message: rules });
  const isDegraded = storage.status === 'ok' && others.some(({ status }) => status !== 'ok');
  return {
    status: isDegraded ? 'degraded' : storage.status,
    ready: state.phase === 'running' && storage.status !== 'failing',
    checks: [{ name: 'hub', status: 'ok', message: state.phase }, storage, ...others],
  };
}

function archiveCheck(problem: string | null): HealthCheck {
  return { name: 'archive', status: problem === null ? 'ok' : 'degraded', message: problem };
}

function storageCheck({ storageFailure }: HubState, writeError: string | null): HealthCheck {
  if (storageFailure !== null) return { name: 'storage', status: 'failing', message: storageFailure };
  if (writeError !== null) return { name: 'storage', status: 'degraded', message: writeError };
  return { name: 'storage', status: 'ok', message: null };
}
