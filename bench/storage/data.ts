// Makes the samples that the storage bench measures with: ten kinds of series as servers have them, from a fixed seed,
// one frame at a time. Where the samples go is left to fill.ts and to the peers.
import { type EpochMs, type Frame, type FrameLayout, sampleKey, type TargetId } from '@guardia/model';

const SEED = 0x9e3779b9;

/** 2025-10-06T00:00:00Z, a Monday. */
export const DATA_START: EpochMs = Date.UTC(2025, 9, 6);
export const DAY_MS = 86_400_000;

/** What is generated. Series are `kinds` x `perKind` on each of `targets`. */
export interface DataShape {
  readonly targets: number;
  readonly perKind: number;
  readonly intervalMs: number;
  readonly durationMs: number;
  readonly from?: EpochMs;
  /** Of each ten kinds, how many are of full precision. @default 1 */
  readonly exactKinds?: number;
}

/** 50 series of one target for 35 days at 15 s: 10,080,000 samples. */
export const MONTH: DataShape = { targets: 1, perKind: 5, intervalMs: 15_000, durationMs: 35 * DAY_MS };

/** One kind of series. The state is a whole number except for full-precision ones; a value is state / scale. */
interface Kind {
  readonly metric: string;
  readonly scale: number;
  readonly start: number;
  readonly step: (state: number, random: Random) => number;
}

/** Deterministic 32-bit xorshift. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || SEED | 0;
  }

  /** 0 to 2^32 - 1. */
  bits(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.bits() / 2 ** 32) * limit);
  }

  /** A whole number from -`reach` to `reach`. */
  around(reach: number): number {
    return this.below(2 * reach + 1) - reach;
  }

  /** 0 to 1 with 53 random bits, never 0. */
  unit(): number {
    return (this.bits() * 2 ** 21 + (this.bits() >>> 11) + 1) / (2 ** 53 + 1);
  }
}

/** A walk that turns back at its limits. */
function walk(reach: number, min: number, max: number): Kind['step'] {
  return (state, random) => {
    const next = state + random.around(reach);
    return next < min || next > max ? state : next;
  };
}

/** As `step`, but in `share` of the cases nothing changes. */
function idle(share: number, step: Kind['step']): Kind['step'] {
  return (state, random) => (random.bits() < share * 2 ** 32 ? state : step(state, random));
}

/** Scale of a state that counts pages of memory. */
const PAGES = 1 / 4096;

/** A rate that was divided by a measured time: every value has all its 53 bits. */
const exactKind = (index: number): Kind => ({
  metric: index === 0 ? 'app.request_rate' : `app.request_rate_${index}`,
  scale: 1,
  start: 1000,
  step: (_, random) => -1000 * Math.log(random.unit()),
});

const KINDS: readonly Kind[] = [
  { metric: 'cpu.usage_percent', scale: 100, start: 2500, step: walk(120, 0, 10_000) },
  { metric: 'load.one', scale: 100, start: 150, step: idle(0.3, walk(8, 0, 3200)) },
  { metric: 'sensor.temperature_celsius', scale: 100, start: 4500, step: idle(0.5, walk(50, 2000, 9500)) },
  { metric: 'memory.used_bytes', scale: PAGES, start: 2 ** 21, step: walk(300, 0, 2 ** 23) },
  { metric: 'disk.used_bytes', scale: PAGES, start: 2 ** 25, step: idle(0.5, (s, r) => s + r.below(64)) },
  { metric: 'network.received_bytes', scale: 1, start: 2 ** 36, step: (s, r) => s + r.below(2 ** 16) },
  { metric: 'network.received_packets', scale: 1, start: 1e6, step: (s, r) => s + r.below(200) },
  { metric: 'cpu.busy_seconds', scale: 100, start: 1e7, step: (s, r) => s + r.below(150) },
  { metric: 'process.count', scale: 1, start: 210, step: idle(0.6, walk(2, 100, 400)) },
  exactKind(0),
];

/** The kinds of a shape, the full-precision ones last. */
function kindsOf({ exactKinds = 1 }: DataShape): readonly Kind[] {
  const plain = KINDS.slice(0, KINDS.length - exactKinds);
  return [...plain, ...Array.from({ length: exactKinds }, (_, i) => exactKind(i))];
}

/** Metrics of a shape, in the order of a frame's values. */
export const metricsOf = (shape: DataShape): readonly string[] => kindsOf(shape).map((kind) => kind.metric);

/** Id of the target with this number. */
export const targetId = (target: number): TargetId => `srv_bench${String(target).padStart(6, '0')}`;

/** When a shape's samples end, exclusive. */
export const endOf = ({ from = DATA_START, durationMs }: DataShape): EpochMs => from + durationMs;

/** Number of samples that `frames` of this shape hold. */
export function sampleCount(shape: DataShape): number {
  return (shape.durationMs / shape.intervalMs) * shape.targets * shape.perKind * KINDS.length;
}

/** All frames of a shape, target by target at each time. Equal for equal shapes; never more than one in memory. */
export function* frames(shape: DataShape): Generator<Frame> {
  const kinds = kindsOf(shape);
  const random = new Random(SEED);
  const layout = makeLayout(kinds, shape.perKind);
  const states = Array.from({ length: shape.targets }, () => startStates(kinds, shape.perKind, random));
  const from = shape.from ?? DATA_START;
  for (let at = from; at < from + shape.durationMs; at += shape.intervalMs)
    for (let target = 0; target < shape.targets; target++)
      yield { targetId: targetId(target), at, layout, values: advance(kinds, states[target]!, random) };
}

function makeLayout(kinds: readonly Kind[], perKind: number): FrameLayout {
  const numbers = Array.from({ length: perKind }, (_, n) => String(n));
  return { keys: kinds.flatMap(({ metric }) => numbers.map((n) => sampleKey(metric, { n }))) };
}

function startStates(kinds: readonly Kind[], perKind: number, random: Random): Float64Array {
  return Float64Array.from(
    kinds.flatMap((kind) => Array.from({ length: perKind }, () => kind.start + random.below(kind.start / 2))),
  );
}

function advance(kinds: readonly Kind[], states: Float64Array, random: Random): Float64Array {
  const values = new Float64Array(states.length);
  const perKind = states.length / kinds.length;
  let i = 0;
  for (const { step, scale } of kinds)
    for (const end = i + perKind; i < end; i++) {
      states[i] = step(states[i]!, random);
      values[i] = states[i]! / scale;
    }
  return values;
}
