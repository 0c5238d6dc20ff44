// What tests of the HTTP check share: clocks, far sides that end with the test, and a check with everything filled in.
// Tests alone use it.
import type { HttpCheckSpec } from '@guardia/model';
import { type FarSide, type FarSideOptions, type FarSideScript, startFarSide } from '@guardia/testing';
import { afterEach } from 'vitest';
import type { CheckClock, CheckContext, CheckResult } from '../../check.ts';
import { runHttpCheck } from '../http-check.ts';

const realClock: CheckClock = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** A clock whose timers fire when the test says: all that are armed, as if they came `lateMs` late. */
export function manualClock() {
  const armed = new Map<() => void, number>();
  let now = 0;
  let readings = 0;
  const clock: CheckClock = {
    wall: () => now,
    mono: () => {
      readings += 1;
      return now;
    },
    after(ms, call) {
      armed.set(call, now + ms);
      return () => armed.delete(call);
    },
  };
  const fire = (lateMs = 0) => {
    const [call, dueAt] = [...armed][armed.size - 1]!;
    armed.delete(call);
    now = dueAt + lateMs;
    call();
  };
  return { clock, fire, armed, readings: () => readings };
}

/** Far sides of one test file; each test's are stopped when it ends. */
export function useFarSides(): (
  script: FarSideScript,
  options?: Omit<FarSideOptions, 'script'>,
) => Promise<FarSide> {
  const farSides: FarSide[] = [];
  afterEach(async () => {
    await Promise.all(farSides.splice(0).map((farSide) => farSide.stop()));
  });
  return async (script, options = {}) => {
    const farSide = await startFarSide({ script, ...options });
    farSides.push(farSide);
    return farSide;
  };
}

/** Runs a check that asks with GET, expects 2xx, and has 20 s; what a test cares about is given. */
export function check(
  url: string,
  spec: Partial<HttpCheckSpec> = {},
  context: Partial<CheckContext> = {},
): Promise<CheckResult> {
  return runHttpCheck(
    {
      type: 'http',
      url,
      timeoutMs: 20_000,
      method: 'GET',
      headers: {},
      body: null,
      expectedStatus: [{ from: 200, to: 299 }],
      expectedHeaders: [],
      bodyPattern: null,
      jsonConditions: [],
      followRedirects: true,
      retries: 0,
      degradedMs: null,
      allowLinkLocal: false,
      certWarnDays: 14,
      ...spec,
    },
    { clock: realClock, signal: new AbortController().signal, ...context },
  );
}
