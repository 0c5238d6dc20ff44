// The docker check: asks this machine's container engine for the state of one container. What the state is worth is for
// container-state.ts.
import type { DockerCheckSpec } from '@guardia/model';
import { withRetries } from '../attempts.ts';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Deadline } from '../deadline.ts';
import { deadlineFailure } from '../network-failure.ts';
import { answeredResult, failedResult } from '../reading.ts';
import { containerState } from './container-state.ts';
import { askEngine, type EngineAnswer } from './engine.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** The engine's failures by code. All are `unknown`: containers run on without their engine. */
const ENGINE_FAILURES: Readonly<Record<string, string>> = {
  ENOENT:
    'there is no such socket; is the engine installed and running? Where it is elsewhere, name it as socket',
  ECONNREFUSED: 'nobody listens there; start the engine',
  EACCES:
    'it may not be opened; add the account that runs the check to group docker, which has the powers of root',
  ENOTSOCK: 'it is not a socket; name the one of the engine as socket',
  TOO_LONG: 'its answer is too long to be an engine’s; name the socket of the engine as socket',
};

/** Checks once. See {@link Check.run}. */
export function runDockerCheck(spec: DockerCheckSpec, context: CheckContext): Promise<CheckResult> {
  if (!NAME.test(spec.container)) return Promise.resolve(failedResult(wrongName(spec.container)));
  return withRetries(spec, context, (deadline) => attempt(spec, context, deadline));
}

async function attempt(
  spec: DockerCheckSpec,
  { clock }: CheckContext,
  deadline: Deadline,
): Promise<CheckResult> {
  const startedAt = clock.mono();
  try {
    const answer = await askEngine(spec.socket, `/containers/${spec.container}/json`, deadline.signal);
    return judged(spec, answer, Math.round((clock.mono() - startedAt) * 10) / 10);
  } catch (error) {
    return failedResult(notAsked(spec, error, deadline));
  }
}

function judged(spec: DockerCheckSpec, { status, body }: EngineAnswer, responseTimeMs: number): CheckResult {
  const expected = `expected container ${spec.container} to run`;
  if (status === 404) {
    const errorMessage = `${expected}, there is none of this name`;
    return failedResult({ status: 'down', errorMessage }, { responseTimeMs });
  }
  const state = status === 200 ? containerState(readJson(body)) : null;
  if (state === null || state.status === 'unknown') {
    const errorMessage = `${expected}, the engine at ${spec.socket} answered something unknown (HTTP ${status})`;
    return failedResult({ status: 'unknown', errorMessage });
  }
  const errorMessage = `${expected}, it is ${state.is}`;
  const readings: Record<string, number> =
    state.restarts === null ? {} : { probe_docker_container_restarts: state.restarts };
  const found = { responseTimeMs, readings };
  if (state.status === 'down') return failedResult({ status: 'down', errorMessage }, found);
  return answeredResult(spec, found, state.status === 'degraded' ? [errorMessage] : []);
}

function notAsked({ socket }: DockerCheckSpec, error: unknown, deadline: Deadline) {
  const status = 'unknown';
  if (deadline.over)
    return { ...deadlineFailure(deadline, 'answer', `the engine at ${socket}`), status } as const;
  const code = String((error as { code?: unknown }).code);
  const why = ENGINE_FAILURES[code] ?? 'it failed';
  return { status, errorMessage: `the engine at ${socket} could not be asked: ${why} (${code})` } as const;
}

function wrongName(container: string) {
  const limit =
    'must be a name or id of letters, digits and _.-, beginning with a letter or digit, at most 128 characters';
  const errorMessage = `container: ${JSON.stringify(container.slice(0, 128))}, ${limit}`;
  return { status: 'unknown', errorMessage } as const;
}

/** Null when it isn't JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
