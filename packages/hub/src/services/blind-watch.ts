// Whether what fails is the hub's own sight: who was seen, whom to ask again, and what the answers mean. It is pure;
// asking, time and telling about it are left to sight.ts.
import type { TargetId } from '@guardia/model';
import type { SightTarget } from './public.ts';

/** What fails within this time counts as failing at once. Milliseconds. */
const WINDOW_MS = 30_000;
/** Targets asked again at most. */
const SAMPLE = 5;
/** Fewer unrelated targets than this can't tell. */
const LEAST = 3;

/** `well`: it answered last. `failing`: it doesn't, and that is believed. `doubted`: it doesn't, but that may be the hub's. */
type State = 'well' | 'failing' | 'doubted';

interface Entry {
  readonly target: SightTarget;
  readonly state: State;
  /** When it became so, on the monotonic clock. */
  readonly sinceMono: number;
}

/** Answer of one that was asked again. */
export interface Asked {
  readonly target: SightTarget;
  readonly answered: boolean;
}

/** What a look brought. */
export interface Evidence {
  /** Whose failure is in question; null when a blind hub looks by itself. */
  readonly asker: SightTarget | null;
  /** How many there are. */
  readonly witnesses: number;
  /** Whether any of them answered. */
  readonly witnessed: boolean;
  readonly asked: readonly Asked[];
}

export class BlindWatch {
  readonly #entries = new Map<TargetId, Entry>();
  readonly #keyOf: (host: string) => string;
  /** Whose failing made the hub blind; null while it sees. */
  #missing: Map<TargetId, SightTarget> | null = null;
  #turn = 0;

  /** @param keyOf what machines are told apart by */
  constructor(keyOf: (host: string) => string) {
    this.#keyOf = keyOf;
  }

  get isBlind(): boolean {
    return this.#missing !== null;
  }

  /** The target answered. A blind hub sees again when it is one of those whose failing made it blind. */
  saw(target: SightTarget, nowMono: number): void {
    this.#set(target, 'well', nowMono);
    if (this.#missing?.has(target.id)) this.#missing = null;
  }

  /** Whether it is known to fail, so that nothing needs to be made sure. */
  isBelieved({ id }: SightTarget): boolean {
    return this.#missing === null && this.#entries.get(id)?.state === 'failing';
  }

  /** Takes the failure of a target after the question was settled.
   *  @returns whether it is believed */
  fail(target: SightTarget, nowMono: number): boolean {
    this.#missing?.set(target.id, target);
    this.#set(target, this.isBlind ? 'doubted' : 'failing', nowMono);
    return !this.isBlind;
  }

  /** The target couldn't be asked. @returns whether it was well, so that it is worth a look around */
  doubt(target: SightTarget, nowMono: number): boolean {
    if (this.#entries.get(target.id)?.state !== 'well') return false;
    this.#set(target, 'doubted', nowMono);
    return true;
  }

  forget(id: TargetId): void {
    this.#entries.delete(id);
    this.#missing?.delete(id);
  }

  /** Whom to ask again: of a blind hub those whose failing made it so; else unrelated ones that were well within the
   *  window, one per machine, others in each turn. */
  sample(asker: SightTarget | null, nowMono: number): readonly SightTarget[] {
    const isCandidate = ({ target, state, sinceMono }: Entry) =>
      this.#missing === null
        ? state !== 'failing' || nowMono - sinceMono <= WINDOW_MS
        : this.#missing.has(target.id);
    const except = asker === null ? [] : [this.#keyOf(asker.host)];
    const byMachine = this.#onePerMachine(isCandidate, this.isBlind ? [] : except);
    this.#turn += 1;
    const start = byMachine.length > SAMPLE ? (this.#turn * SAMPLE) % byMachine.length : 0;
    return [...byMachine.slice(start), ...byMachine.slice(0, start)].slice(0, SAMPLE);
  }

  /** Settles the question. A seeing hub is blind when all witnesses fail; without witnesses, when more than half of at
   *  least three unrelated targets do, the asker among them. A blind hub sees again when a witness or any of those answers
   *  whose failing made it blind, or when nobody is left to say that it is blind. */
  settle({ asker, witnesses, witnessed, asked }: Evidence): void {
    const failed = asked.filter(({ answered }) => !answered).map(({ target }) => target);
    const isNobodyLeft = witnesses === 0 && asked.length === 0;
    if (this.#missing !== null) {
      if (witnessed || failed.length < asked.length || isNobodyLeft) this.#missing = null;
      return;
    }
    const unrelated = asked.length + 1;
    const mostFail = unrelated >= LEAST && failed.length + 1 > unrelated / 2;
    if (asker === null || witnessed || (witnesses === 0 && !mostFail)) return;
    this.#missing = new Map([asker, ...failed].map((target) => [target.id, target]));
  }

  #set(target: SightTarget, state: State, nowMono: number): void {
    const known = this.#entries.get(target.id);
    const sinceMono = known?.state === state ? known.sinceMono : nowMono;
    this.#entries.set(target.id, { target, state, sinceMono });
  }

  #onePerMachine(isCandidate: (entry: Entry) => boolean, except: readonly string[]): readonly SightTarget[] {
    const byMachine = new Map<string, SightTarget>();
    for (const entry of this.#entries.values()) {
      const { target } = entry;
      const key = this.#keyOf(target.host);
      if (target.retry === null || !isCandidate(entry) || except.includes(key)) continue;
      // one that was well says more of its machine than one that wasn't
      if (entry.state === 'well' || !byMachine.has(key)) byMachine.set(key, target);
    }
    return [...byMachine.values()];
  }
}
