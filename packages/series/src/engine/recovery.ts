// Brings the engine to where it was: targets, blocks, and the open samples from the log. What a clean start finds in the
// log is little; after kill -9 it is the same.
import { FRAME_HEADER } from '../worker/operations.ts';
import { dayOf } from './chunk-store.ts';
import type { Intake } from './intake.ts';
import type { OpenTarget } from './open-target.ts';
import { recallUnevenFrom } from './raw-ages.ts';
import type { EngineState } from './state.ts';

const SLICE_ROWS = 64;
const OLD_FRAMES = 10_000;

export async function recover(state: EngineState, intake: Intake): Promise<void> {
  const { store } = state;
  const { targets, blockDays, firstSlot } = await store.load();
  for (const { no, id, sealedRow } of targets) state.addTarget(no, id, sealedRow);
  for (const { target, day, blocks } of blockDays) state.addBlocks(target, day, blocks);
  state.oldestDay = Math.min(state.oldestDay, firstSlot ?? state.oldestDay);
  state.rawFrom = (await store.mark('raw-from')) ?? Number.NEGATIVE_INFINITY;
  state.cleanedAt = (await store.mark('cleaned-at')) ?? Number.NEGATIVE_INFINITY;
  await recallUnevenFrom(state);
  await state.damages.load(store);
  state.archivedUntil = await store.mark('archived-until');
  await convertOldFrames(state, intake);
  for (let after = 0; ; ) {
    const rows = await store.log(after, SLICE_ROWS);
    if (rows.length === 0) return;
    for (const { row, cells } of rows) {
      await learnLayouts(state, cells);
      intake.take(cells, row);
      await intake.sealFull();
    }
    after = rows.at(-1)!.row;
  }
}

/** Takes in what version 0.1 left, slice by slice. One that was interrupted is repeated: the same samples, once. */
async function convertOldFrames(state: EngineState, intake: Intake): Promise<void> {
  const { store } = state;
  for (;;) {
    const frames = (await store.oldFrames?.(0, OLD_FRAMES)) ?? [];
    if (frames.length === 0) return;
    for (const { target: no, at, layout, values } of frames) {
      const target = state.targets.get(no);
      if (target === undefined) continue;
      intake.takeFrame(target, { at, layout: await layoutOf(state, target, layout, at), values });
    }
    await intake.sealAll();
    await store.dropOldFrames?.(frames.at(-1)!.id);
  }
}

/** Makes the layouts that a log row names known to their targets. */
async function learnLayouts(state: EngineState, cells: Float64Array): Promise<void> {
  for (let i = 0; i < cells.length; ) {
    const target = state.targets.get(cells[i]!);
    if (target === undefined)
      throw new Error(`the log names target ${cells[i]}, which the database doesn't have`);
    const layout = await layoutOf(state, target, cells[i + 2]!, cells[i + 1]!);
    i += FRAME_HEADER + layout.keys.length;
  }
}

async function layoutOf(state: EngineState, target: OpenTarget, no: number, at: number) {
  const known = target.layouts.get(no);
  if (known !== undefined) return known;
  const keys = await state.store.layoutKeys(no);
  if (keys === undefined) throw new Error(`the log names layout ${no}, which the database doesn't have`);
  return state.layout(target, no, keys, dayOf(at));
}
