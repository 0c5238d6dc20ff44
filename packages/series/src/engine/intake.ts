// The way in: a batch goes to the log, its frames to the open samples, and full targets into blocks. What is merged into
// chunks later is left to merger.ts.
import { faultOf } from '@guardia/db/worker';
import { type EpochMs, metricName } from '@guardia/model';
import { FRAME_HEADER } from '../worker/operations.ts';
import { type Day, dayOf } from './chunk-store.ts';
import { IntakeNames, type TakenBatch } from './intake-names.ts';
import type { OpenFrame, OpenTarget, TargetLayout } from './open-target.ts';
import { PASSING } from './passing.ts';
import { blocksOf } from './seal-blocks.ts';
import type { EngineState } from './state.ts';

/** Open frames at which a target is sealed. */
const SEAL_FRAMES = 32;
/** Open samples at which a target is sealed, whatever its frames: 4 MiB. */
const SEAL_SAMPLES = 524_288;
/** Log rows after which a target is sealed with what it has, so that the log stays short. */
const MAX_LOG_ROWS = 1000;
/** Such targets that one batch seals at most, beside those that are full. */
const MAX_LATE_SEALS = 8;
/** Log rows that are trimmed together. */
const TRIM_ROWS = 64;
/** Open samples of all targets beyond which some are sealed before more is taken: 128 MiB. */
const MAX_OPEN_SAMPLES = 16 * 1024 * 1024;
/** What is left open then: enough room that it isn't soon the same again. */
const ROOMY_SAMPLES = (MAX_OPEN_SAMPLES * 3) / 4;
/** Samples that are sealed in one transaction where many are: a few milliseconds. */
const GROUP_SAMPLES = 65_536;

/** What one batch has of a target that isn't taken. */
interface Refusal {
  /** The most of one frame. */
  readonly series: number;
  readonly samples: number;
}

export class Intake {
  readonly #state: EngineState;
  readonly #pause: () => Promise<void>;
  /** Of the main thread, whose batches explain what those before them didn't. */
  readonly names: IntakeNames;
  /** The newest log row that names each layout. */
  readonly #layoutRows = new Map<number, number>();
  #trimmedRow = 0;
  /** The newest row of the log. */
  #row = 0;
  openFrames = 0;
  openSamples = 0;

  /** @param pause goes on while the engine closes, unlike the state's: what was taken in is written */
  constructor(state: EngineState, pause: () => Promise<void>) {
    this.#state = state;
    this.#pause = pause;
    this.names = new IntakeNames(state);
  }

  /** All or nothing as far as the log goes: a batch that was refused may be taken and written again. */
  async write(batch: TakenBatch, now: EpochMs): Promise<void> {
    // Where sealing fails, it must work again before more is taken.
    if (this.openSamples > MAX_OPEN_SAMPLES) await this.#makeRoom();
    await this.names.translate(batch, now, this.#state.slicer(this.#pause));
    const { cells, checks } = batch;
    this.#holdLayouts(cells);
    const row = await this.#state.store.append(cells, checks);
    if (cells.length === 0) return;
    this.take(cells, row);
    try {
      await this.#sealDue();
      await this.#trim();
    } catch (error) {
      // The batch is in the log: written again it would be there twice. Sealing is tried again with the next one.
      if (!PASSING.has(faultOf(error).code)) throw error;
    }
  }

  /** Takes frames of a log row into the open samples; those that are in blocks already are left out. */
  take(cells: Float64Array, row: number): void {
    this.#row = Math.max(this.#row, row);
    const { targets, counts, wholeFrom } = this.#state;
    const refusals = new Map<OpenTarget, Refusal>();
    for (let i = 0; i < cells.length; ) {
      const target = targets.get(cells[i]!)!;
      const at = cells[i + 1]!;
      const layout = target.layouts.get(cells[i + 2]!)!;
      this.#layoutRows.set(layout.no, row);
      const start = i + FRAME_HEADER;
      i = start + layout.keys.length;
      if (row <= target.sealedRow) continue;
      if (layout.refused > 0 || target.isRefusing) addRefusal(refusals, target, layout.refused);
      const taken = dayOf(at) < wholeFrom ? this.#lateLayout(layout, dayOf(at)) : layout;
      counts.samplesRefused += taken.refused;
      if (taken.refused < layout.keys.length)
        this.#add(target, { at, layout: taken, values: cells.slice(start, i) }, row);
    }
    this.#tellRefusals(refusals);
  }

  #tellRefusals(refusals: ReadonlyMap<OpenTarget, Refusal>): void {
    const { notify, maxSeriesPerTarget: limit } = this.#state;
    for (const [target, { series, samples }] of refusals) {
      target.isRefusing = series > 0;
      notify({ type: 'too-many-series', targetId: target.id, refused: series, samples, limit });
    }
  }

  /** A batch whose append gets no answer may be in the log all the same: its layouts stay until they are taken. */
  #holdLayouts(cells: Float64Array): void {
    for (let i = 0; i < cells.length; ) {
      const layout = this.#state.targets.get(cells[i]!)!.layouts.get(cells[i + 2]!)!;
      this.#layoutRows.set(layout.no, Number.POSITIVE_INFINITY);
      i += FRAME_HEADER + layout.keys.length;
    }
  }

  /** The layout without the series whose raw samples of that day are gone: what is merged must be whole. */
  #lateLayout(layout: TargetLayout, day: Day): TargetLayout {
    const series = layout.series.map((no, i) => {
      return day < this.#state.rawFromOf(metricName(layout.keys[i]!)) ? 0 : no;
    });
    const refused = series.reduce((count, no) => count + (no === 0 ? 1 : 0), 0);
    return { ...layout, series, refused };
  }

  #add(target: OpenTarget, frame: OpenFrame, row: number): void {
    target.add(frame, row);
    this.#state.oldestDay = Math.min(this.#state.oldestDay, dayOf(frame.at));
    this.openFrames++;
    this.openSamples += frame.values.length;
  }

  /** Takes a frame that is in no log row. */
  takeFrame(target: OpenTarget, frame: OpenFrame): void {
    this.#add(target, frame, this.#row);
  }

  /** Seals every target that is full; for recovery, which takes many rows at once. */
  sealFull(): Promise<void> {
    return this.#seal([...this.#state.targets.values()].filter(isFull));
  }

  /** Seals all open samples. */
  async sealAll(): Promise<void> {
    const open = [...this.#state.targets.values()].filter((target) => target.frames.length > 0);
    await this.#sealInGroups(open, -1);
    await this.#trim(1);
  }

  /** Seals the targets that hold most. */
  #makeRoom(): Promise<void> {
    const open = Array.from(this.#state.targets.values(), (target) => ({
      target,
      samples: samplesOf(target),
    }));
    open.sort((a, b) => b.samples - a.samples);
    return this.#sealInGroups(
      open.map(({ target }) => target),
      ROOMY_SAMPLES,
    );
  }

  /** Seals one target after the other until no more than `enough` samples are open, in slices that give way to reads. */
  async #sealInGroups(targets: readonly OpenTarget[], enough: number): Promise<void> {
    const slice = this.#state.slicer(this.#pause);
    for (let i = 0; i < targets.length && this.openSamples > enough; ) {
      const group: OpenTarget[] = [];
      for (let samples = 0; i < targets.length && samples < GROUP_SAMPLES; i++) {
        group.push(targets[i]!);
        samples += samplesOf(targets[i]!);
      }
      await this.#seal(group);
      await slice();
    }
  }

  #sealDue(): Promise<void> {
    const due: OpenTarget[] = [];
    let late = 0;
    for (const target of this.#state.targets.values()) {
      if (target.frames.length === 0) continue;
      if (isFull(target)) due.push(target);
      else if (this.#row - target.firstRow > MAX_LOG_ROWS && late++ < MAX_LATE_SEALS) due.push(target);
    }
    return this.#seal(due);
  }

  /** Blocks of some targets and the note that they are sealed are one transaction. */
  async #seal(targets: readonly OpenTarget[]): Promise<void> {
    if (targets.length === 0) return;
    const { store, counts } = this.#state;
    const taken = targets.map((target) => ({ target, frames: target.frames }));
    const { rawFrom } = this.#state;
    // Days that were deleted while their frames were open stay deleted.
    const blocks = taken.flatMap(({ target, frames }) =>
      blocksOf(
        target,
        frames.filter(({ at }) => dayOf(at) >= rawFrom),
      ),
    );
    const lengths = taken.map(({ frames }) => frames.length);
    const row = this.#row;
    await store.seal(
      blocks,
      targets.map((target) => target.no),
      row,
    );
    for (const [i, { target, frames }] of taken.entries()) {
      this.openFrames -= lengths[i]!;
      for (const frame of frames.slice(0, lengths[i])) this.openSamples -= frame.values.length;
      target.sealed(lengths[i]!, row);
    }
    for (const block of blocks) this.#state.sealed(this.#state.targets.get(block.target)!, block.day);
    if (targets.some(({ no }) => (this.#state.blockDays.get(no)?.size ?? 0) > 1))
      this.#state.mergeHint = true;
    counts.seals += targets.length;
  }

  /** Removes what no open sample needs, and the layouts that nothing names any more. */
  async #trim(least = TRIM_ROWS): Promise<void> {
    let until = this.#row;
    for (const { frames, firstRow } of this.#state.targets.values()) {
      if (frames.length > 0) until = Math.min(until, firstRow - 1);
    }
    if (until - this.#trimmedRow < least) return;
    for (const [no, row] of this.#layoutRows) if (row <= until) this.#layoutRows.delete(no);
    const held = new Set([...this.names.held(), ...this.#layoutRows.keys()]);
    for (const target of this.#state.targets.values()) {
      target.forgetLayouts();
      for (const no of target.layouts.keys()) held.add(no);
    }
    await this.#state.store.trimLog(until, held);
    this.#trimmedRow = until;
  }
}

function samplesOf({ frames }: OpenTarget): number {
  return frames.reduce((sum, { values }) => sum + values.length, 0);
}

function isFull({ frames, stagger }: OpenTarget): boolean {
  const width = frames[0]?.values.length ?? 0;
  return frames.length >= SEAL_FRAMES + stagger || frames.length * width >= SEAL_SAMPLES;
}

function addRefusal(to: Map<OpenTarget, Refusal>, target: OpenTarget, refused: number): void {
  const { series, samples } = to.get(target) ?? { series: 0, samples: 0 };
  to.set(target, { series: Math.max(series, refused), samples: samples + refused });
}
