// Judges the state of a systemd unit by the properties that `systemctl show` prints. Running systemctl is for
// systemd-check.ts.

/** The properties that are asked for. */
export const PROPERTIES = ['LoadState', 'ActiveState', 'SubState', 'Type', 'Result', 'NRestarts'] as const;

type Properties = Readonly<Record<(typeof PROPERTIES)[number], string>>;

export interface UnitState {
  /** `unknown`: systemd said something that isn't known here. */
  readonly status: 'up' | 'degraded' | 'down' | 'unknown';
  /** What the unit is instead of active; null when up. */
  readonly is: string | null;
  /** Restarts by systemd itself; null for units that have none, such as timers. */
  readonly restarts: number | null;
}

const STATUS: Readonly<Record<string, UnitState['status']>> = {
  active: 'up',
  reloading: 'up',
  refreshing: 'up',
  activating: 'degraded',
  deactivating: 'degraded',
  maintenance: 'degraded',
  inactive: 'down',
  failed: 'down',
};

/** States of loading in which there is nothing that could run. */
const UNLOADABLE: Readonly<Record<string, string>> = {
  'not-found': 'not there: no unit has this name',
  masked: 'masked: it can not be started',
  'bad-setting': 'not loadable: its file has a mistake',
  error: 'not loadable: its file can not be read',
};

/** @param lines `Name=value`, in any order */
export function unitState(lines: readonly string[]): UnitState {
  const unit = parsed(lines);
  const restarts = /^\d+$/.test(unit.NRestarts) ? Number(unit.NRestarts) : null;
  const status = STATUS[unit.ActiveState] ?? 'unknown';
  const unloadable = UNLOADABLE[unit.LoadState];
  // A unit whose file was taken away runs on, and one that did its work and ended is as it should be.
  if (status === 'up') return { status, is: null, restarts };
  if (unloadable !== undefined) return { status: 'down', is: unloadable, restarts };
  if (hasDoneItsWork(unit)) return { status: 'up', is: null, restarts };
  return { status, is: described(unit), restarts };
}

function hasDoneItsWork({ ActiveState, Type, Result }: Properties): boolean {
  return ActiveState === 'inactive' && Type === 'oneshot' && Result === 'success';
}

function described({ ActiveState, SubState, Result }: Properties): string {
  const result = Result === '' || Result === 'success' ? '' : `, result ${Result}`;
  return `${ActiveState || 'in a state that systemd did not tell'} (${SubState}${result})`;
}

function parsed(lines: readonly string[]): Properties {
  const values = new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return Object.fromEntries(PROPERTIES.map((name) => [name, values.get(name) ?? ''])) as Properties;
}
