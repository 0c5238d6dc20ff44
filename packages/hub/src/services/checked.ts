// Turns what was found of a service at one time into what is stored and judged: the outcomes and the frame of readings.
// Finding it is left to vantage.ts, storing and judging to whoever it is given to.
import type { CheckResult } from '@guardia/checks';
import {
  COMBINED_LOCATION,
  type CheckOutcome,
  type EpochMs,
  type Frame,
  type FrameLayout,
  type SampleKey,
  type TargetId,
} from '@guardia/model';
import { combine, type Located } from './combine.ts';
import type { Checked } from './public.ts';

/** When one check was, for how long, and whether the hub could see. */
export interface Circumstances {
  readonly at: EpochMs;
  readonly latenessMs: number;
  /** NaN where nothing was asked. */
  readonly durationMs: number;
  readonly isBlind: boolean;
}

/** @param layout of the frame before; it is kept while the keys stay the same */
export function checkedOf(
  id: TargetId,
  { found, quorum }: { found: readonly Located[]; quorum: number },
  time: Circumstances,
  layout: FrameLayout,
): Checked {
  const result = combine(found, quorum);
  const isAlone = found.length === 1;
  const outcome = (location: string, of: CheckResult) => outcomeOf(id, time, location, of);
  return {
    outcome: outcome(isAlone ? found[0]!.location : COMBINED_LOCATION, result),
    degradedBy: result.degradedBy,
    located: isAlone ? [] : found.map((each) => outcome(each.location, each.result)),
    frame: frameOf(id, time, result, layout),
    isBlind: result.status === 'unknown' && time.isBlind,
  };
}

function outcomeOf(
  targetId: TargetId,
  { at, latenessMs }: Circumstances,
  location: string,
  { degradedBy: _degradedBy, readings: _readings, ...found }: CheckResult,
): CheckOutcome {
  const errorMessage = found.errorMessage === null ? null : onOneLine(found.errorMessage);
  return { targetId, at, ...found, errorMessage, location, latenessMs };
}

/** More of a text is cut. */
const MAX_TEXT = 2_000;

/** What services, programs and agents say stands in it, and it goes into logs, messages and pages. */
function onOneLine(text: string): string {
  return text
    .slice(0, MAX_TEXT)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

/** `probe_success` has no reading where the monitor can't say. */
const SUCCESS: Readonly<Record<CheckResult['status'], number>> = {
  up: 1,
  degraded: 1,
  down: 0,
  unknown: NaN,
};

function frameOf(targetId: TargetId, time: Circumstances, result: CheckResult, before: FrameLayout): Frame {
  const readings: Record<SampleKey, number> = {
    ...result.readings,
    probe_success: SUCCESS[result.status],
    probe_duration_seconds: time.durationMs / 1_000,
  };
  const keys = Object.keys(readings);
  const isSame = keys.length === before.keys.length && keys.every((key, i) => key === before.keys[i]);
  const layout = isSame ? before : { keys };
  return { targetId, at: time.at, layout, values: Float64Array.from(Object.values(readings), rounded) };
}

/** To millionths: further digits are noise of the arithmetic, and would cost storage many bytes. */
function rounded(value: number): number {
  const steps = Math.round(value * 1e6);
  return Number.isSafeInteger(steps) ? steps / 1e6 : value;
}

/** The samples of a frame by key. */
export function readingsOf({ layout, values }: Frame): Readonly<Record<SampleKey, number>> {
  return Object.fromEntries(layout.keys.map((key, i) => [key, values[i]!]));
}
