// The systemd check: asks systemctl for the state of one unit of this machine. What the state is worth is for
// unit-state.ts.
import type { SystemdCheckSpec } from '@guardia/model';
import { withRetries } from '../attempts.ts';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Deadline } from '../deadline.ts';
import { deadlineFailure } from '../network-failure.ts';
import { type ProgramEnd, runProgram } from '../program.ts';
import { answeredResult, failedResult } from '../reading.ts';
import { PROPERTIES, type UnitState, unitState } from './unit-state.ts';

const MAX_NAME_CHARACTERS = 255;
const SUFFIX = /\.(?:service|socket|target|timer|mount|automount|swap|path|slice|scope|device)$/;

/** Checks once. See {@link Check.run}. @param systemctl the program, found in PATH unless it is a path */
export function runSystemdCheck(
  spec: SystemdCheckSpec,
  context: CheckContext,
  systemctl = 'systemctl',
): Promise<CheckResult> {
  const unit = SUFFIX.test(spec.unit) ? spec.unit : `${spec.unit}.service`;
  if (!isUnitName(unit)) return Promise.resolve(failedResult(wrongName(spec.unit)));
  return withRetries(spec, context, async (deadline) => {
    const lines: string[] = [];
    const startedAt = context.clock.mono();
    const argv = ['show', `--property=${PROPERTIES.join(',')}`, '--', unit];
    const onLine = (line: string) => void lines.push(line);
    const end = await runProgram({ file: systemctl, argv, onLine, signal: deadline.signal });
    if (end.code !== 0) return failedResult(notAsked(end, deadline));
    const responseTimeMs = Math.round((context.clock.mono() - startedAt) * 10) / 10;
    return judged({ ...spec, unit }, unitState(lines), responseTimeMs);
  });
}

function judged(spec: SystemdCheckSpec, state: UnitState, responseTimeMs: number): CheckResult {
  const { status, is, restarts } = state;
  const errorMessage = `expected ${spec.unit} to be active, it is ${is}`;
  const readings: Record<string, number> = restarts === null ? {} : { probe_systemd_unit_restarts: restarts };
  const found = { responseTimeMs, readings };
  if (status === 'down' || status === 'unknown') return failedResult({ status, errorMessage }, found);
  return answeredResult(spec, found, status === 'degraded' ? [errorMessage] : []);
}

/** Characters of systemd's names. Neither patterns, which stand for several units, nor anything that could be an option. */
function isUnitName(unit: string): boolean {
  return unit.length <= MAX_NAME_CHARACTERS && /^[A-Za-z0-9:_.\\@-]+$/.test(unit) && !unit.startsWith('--');
}

function wrongName(unit: string) {
  const limit = `must be a unit's name of letters, digits and :_.\\@-, at most ${MAX_NAME_CHARACTERS} characters`;
  const errorMessage = `unit: ${JSON.stringify(unit.slice(0, MAX_NAME_CHARACTERS))}, ${limit}`;
  return { status: 'unknown', errorMessage } as const;
}

function notAsked({ code, startError, said }: ProgramEnd, deadline: Deadline) {
  if (deadline.over)
    return { ...deadlineFailure(deadline, 'answer', 'systemctl'), status: 'unknown' as const };
  const why =
    startError === 'ENOENT'
      ? 'systemctl is not installed; run the check by an agent on a machine with systemd'
      : (startError ?? (said || `systemctl ended with ${code ?? 'a signal'}`));
  return { status: 'unknown' as const, errorMessage: `systemd could not be asked: ${why}` };
}
