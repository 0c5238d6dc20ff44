// Turns the numbers that the main thread gave to targets and layouts into those of the database. What is done with the
// frames is left to intake.ts.
import type { CheckOutcome, EpochMs, TargetId } from '@guardia/model';
import { FRAME_HEADER, type PackedBatch } from '../worker/operations.ts';
import { dayOf } from './chunk-store.ts';
import type { OpenTarget } from './open-target.ts';
import type { EngineState } from './state.ts';

interface ExplainedLayout {
  readonly sha256: string;
  readonly keys: readonly string[];
  /** Its number in the database, once it was needed. */
  no?: number;
}

/** What numbers mean until they are forgotten. */
interface Meanings {
  readonly targets: Map<number, TargetId>;
  readonly layouts: Map<number, ExplainedLayout>;
}

/** A batch with all that it takes to write it once, whatever its sender does meanwhile. */
export interface TakenBatch {
  /** A copy, in the sender's numbers until it is translated. */
  readonly cells: Float64Array;
  readonly checks: readonly CheckOutcome[];
  readonly meanings: Meanings;
}

/** What the numbers of one sender mean. */
export class IntakeNames {
  readonly #state: EngineState;
  #meanings: Meanings = { targets: new Map(), layouts: new Map() };

  constructor(state: EngineState) {
    this.#state = state;
  }

  /** Layouts that batches to come may name without explaining them again. */
  held(): number[] {
    return Array.from(this.#meanings.layouts.values()).flatMap(({ no }) => no ?? []);
  }

  /** Takes in a batch and what it explains, in the order in which batches were sent. Asks the database for nothing. */
  take({ cells, length, forget, newTargets, newLayouts, checks }: PackedBatch): TakenBatch {
    if (forget) this.#meanings = { targets: new Map(), layouts: new Map() };
    const meanings = this.#meanings;
    for (const { ref, id } of newTargets) meanings.targets.set(ref, id);
    for (const { ref, sha256, keys } of newLayouts) meanings.layouts.set(ref, { sha256, keys });
    return { cells: cells.slice(0, length), checks, meanings };
  }

  /** The batch taken last with all its numbers explained, for another reader; shares its cells. */
  explained(batch: PackedBatch): PackedBatch {
    const known = this.#meanings;
    const targets = new Map<number, TargetId>();
    const layouts = new Map<number, ExplainedLayout>();
    for (let i = 0; i < batch.length; ) {
      const layout = known.layouts.get(batch.cells[i + 2]!)!;
      targets.set(batch.cells[i]!, known.targets.get(batch.cells[i]!)!);
      layouts.set(batch.cells[i + 2]!, layout);
      i += FRAME_HEADER + layout.keys.length;
    }
    return {
      ...batch,
      forget: true,
      newTargets: Array.from(targets, ([ref, id]) => ({ ref, id })),
      newLayouts: Array.from(layouts, ([ref, { sha256, keys }]) => ({ ref, sha256, keys })),
    };
  }

  /** Turns the batch's cells into database numbers. Its layouts are then known to their targets. Gives way by `slice`
   *  where series may be made. */
  async translate(
    { cells, meanings }: TakenBatch,
    now: EpochMs,
    slice: () => Promise<void> | undefined,
  ): Promise<void> {
    for (let i = 0; i < cells.length; ) {
      const id = meanings.targets.get(cells[i]!)!;
      const target = this.#state.byId(id) ?? (await this.#newTarget(id));
      const layout = meanings.layouts.get(cells[i + 2]!)!;
      layout.no ??= await this.#state.store.layout(layout.sha256, layout.keys);
      if (!target.layouts.has(layout.no)) {
        await this.#state.layout(target, layout.no, layout.keys, dayOf(now));
        await slice();
      }
      cells[i] = target.no;
      cells[i + 2] = layout.no;
      i += FRAME_HEADER + layout.keys.length;
    }
  }

  async #newTarget(id: TargetId): Promise<OpenTarget> {
    const no = await this.#state.store.target(id);
    return this.#state.byId(id) ?? this.#state.addTarget(no, id, 0);
  }
}
