// Judges the state of a container by what the engine says of it. Asking the engine is for docker-check.ts.

export interface ContainerState {
  readonly status: 'up' | 'degraded' | 'down' | 'unknown';
  /** What the container is instead of running and healthy; null when up. */
  readonly is: string | null;
  /** Restarts by the engine since the container was made; null where the engine doesn't tell. */
  readonly restarts: number | null;
}

const STATUS: Readonly<Record<string, ContainerState['status']>> = {
  running: 'up',
  paused: 'degraded',
  restarting: 'degraded',
  created: 'down',
  exited: 'down',
  stopped: 'down',
  removing: 'down',
  dead: 'down',
};

/** States in which a container has ended, and left a code. */
const ENDED: readonly string[] = ['exited', 'stopped', 'dead', 'restarting'];

/** @param inspected the body of `GET /containers/{name}/json`, read as JSON */
export function containerState(inspected: unknown): ContainerState {
  const state = property(inspected, 'State');
  const name = String(property(state, 'Status'));
  const restartCount = property(inspected, 'RestartCount');
  const restarts = typeof restartCount === 'number' ? restartCount : null;
  const status = STATUS[name] ?? 'unknown';
  if (status !== 'up') return { status, is: described(name, state), restarts };
  // Absent without a health check; Podman says it with an empty text.
  const health = property(property(state, 'Health'), 'Status') || 'none';
  if (health === 'healthy' || health === 'none') return { status, is: null, restarts };
  return { status: 'degraded', is: `running and ${String(health)}`, restarts };
}

function described(name: string, state: unknown): string {
  if (!ENDED.includes(name)) return name;
  const killed = property(state, 'OOMKilled') === true ? ', it was out of memory' : '';
  return `${name} with code ${String(property(state, 'ExitCode'))}${killed}`;
}

function property(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[name];
}
