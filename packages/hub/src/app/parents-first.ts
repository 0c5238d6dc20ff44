// Looks at what a target depends on before its failure is judged: where both fail in one moment, the parent is known to
// before anybody is paged for the child. What a look finds is judged as ever; that a parent holds its children is alerts'.
import type { Clock } from '@guardia/kernel';
import type { TargetId } from '@guardia/model';
import type { AlertTarget } from '../alerts/public.ts';

/** How long one look at a parent answers for all that depend on it; while it is under way it does anyhow. */
const SHARED_MS = 1_000;
/** So many failures in a row are preceded by a look: by then most alerts have fired, and who fails for weeks needs no parent
 *  that is asked as often. */
const LOOKS_IN_A_ROW = 10;

type Dependent = Pick<AlertTarget, 'id' | 'dependsOn' | 'intervalMs'>;

/** What a target was found to be last, and how often in a row. */
interface Streak {
  readonly status: FailedStatus;
  readonly length: number;
}

type FailedStatus = 'unreachable' | 'down' | 'degraded';

interface Look {
  readonly over: Promise<void>;
  untilMono: number;
}

export interface ParentsFirstOptions {
  readonly clock: Clock;
  /** Checks or polls a target at once; what comes of it is judged before this resolves. */
  look(id: TargetId): Promise<unknown>;
}

export class ParentsFirst {
  readonly #options: ParentsFirstOptions;
  readonly #stopped = Promise.withResolvers<void>();
  #isStopped = false;
  #dependents: ReadonlyMap<TargetId, Dependent> = new Map();
  #looks = new Map<TargetId, Look>();
  readonly #streaks = new Map<TargetId, Streak>();

  constructor(options: ParentsFirstOptions) {
    this.#options = options;
  }

  configure(targets: readonly Dependent[]): void {
    this.#dependents = new Map(
      targets.filter(({ dependsOn }) => dependsOn.length > 0).map((target) => [target.id, target]),
    );
    this.#looks = new Map();
    this.#streaks.clear();
  }

  /** A target is well. Cheap. */
  passed(id: TargetId): void {
    this.#streaks.delete(id);
  }

  /** A target fails. Resolves when each parent was looked at, or that took half of the target's interval. A parent that fails
   *  as well comes by here itself before it is judged, so all ancestors are. Never rejects. */
  async beforeFailure(id: TargetId, status: FailedStatus): Promise<void> {
    const target = this.#dependents.get(id);
    if (target === undefined || this.#isStopped) return;
    const before = this.#streaks.get(id);
    const length = before?.status === status ? before.length + 1 : 1;
    this.#streaks.set(id, { status, length });
    if (length > LOOKS_IN_A_ROW) return;
    const late = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after((target.intervalMs ?? 0) / 2, late.resolve);
    const looks = Promise.all(target.dependsOn.map((parent) => this.#look(parent)));
    await Promise.race([looks, late.promise, this.#stopped.promise]);
    cancel();
  }

  /** Nobody waits any more. Safe twice. */
  stop(): void {
    this.#isStopped = true;
    this.#stopped.resolve();
  }

  #look(id: TargetId): Promise<void> {
    const { clock, look } = this.#options;
    const known = this.#looks.get(id);
    if (known !== undefined && clock.mono() < known.untilMono) return known.over;
    const beganMono = clock.mono();
    const end = (): void => {
      begun.untilMono = beganMono + SHARED_MS;
    };
    // one that can't be looked at is judged by what is known of it
    const begun: Look = { over: look(id).then(end, end), untilMono: Number.POSITIVE_INFINITY };
    this.#looks.set(id, begun);
    return begun.over;
  }
}
