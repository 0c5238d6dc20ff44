// Keeps watch over whether the hub can see: makes sure, by witnesses or by unrelated targets, before the first failure of
// a target is believed, and tells when sight is lost and when it is back. The judgement is blind-watch.ts's.
import { lookup } from 'node:dns/promises';
import type { Clock } from '@guardia/kernel';
import type { TargetId } from '@guardia/model';
import type { RaisedCondition, RaisedKey } from '../alerts/public.ts';
import type { Alarm } from './alarm.ts';
import { type Asked, BlindWatch } from './blind-watch.ts';
import { Machines } from './machines.ts';
import type { Sight, SightTarget } from './public.ts';
import { answersInTime, canConnect } from './reach.ts';

/** How long one look answers for all who ask. */
const SHARED_MS = 1_000;
/** How often a blind hub looks again. */
const LOOK_AGAIN_MS = 10_000;
/** What was asked while the hub was blind may fail this long after: a check takes no longer than its interval. */
const STALE_MS = 60_000;
/** Names in a text at most. */
const NAMED = 5;

const KEY: RaisedKey = { targetId: 'hub', rule: 'hub_blind', instance: '' };
const HINT =
  "What fails meanwhile counts as unknown. Look at the hub's own network: link, route, firewall, name resolution";

export interface SightOptions {
  readonly clock: Clock;
  /** Addresses (`host:port`) that answer whenever the hub's network works; may be none. */
  witnesses(): readonly string[];
  /** Who is told that the hub is blind: notifiers by name. */
  notifiers(): readonly string[];
  readonly alarm: Alarm;
  /** Address of a name. @default this machine's resolver */
  readonly lookup?: (name: string) => Promise<string>;
}

export class HubSight implements Sight {
  readonly #options: SightOptions;
  readonly #machines: Machines;
  readonly #watch: BlindWatch;
  readonly #stopping = new AbortController();
  /** When sight was last back, on the monotonic clock. */
  #seesSinceMono = Number.NEGATIVE_INFINITY;
  #sawAtMono = Number.NEGATIVE_INFINITY;
  #look: Promise<void> | null = null;
  /** Until when the last look answers for all who ask; while it is under way it does anyhow. */
  #sharedUntilMono = 0;
  /** What was told of: null before anything was, as an alarm of an earlier run may still be raised. */
  #told: 'blind' | 'sees' | null = null;
  #cancelTimer = (): void => {};

  constructor(options: SightOptions) {
    this.#options = options;
    const defaultLookup = async (name: string): Promise<string> => (await lookup(name)).address;
    this.#machines = new Machines({ clock: options.clock, lookup: options.lookup ?? defaultLookup });
    this.#watch = new BlindWatch((host) => this.#machines.keyOf(host));
  }

  get isBlind(): boolean {
    return this.#watch.isBlind;
  }

  /** When a target answered last, on the monotonic clock; -Infinity before any did. */
  get sawAtMono(): number {
    return this.#sawAtMono;
  }

  saw(target: SightTarget): void {
    this.#machines.learn(target.host);
    const wasBlind = this.isBlind;
    this.#sawAtMono = this.#options.clock.mono();
    this.#watch.saw(target, this.#sawAtMono);
    this.#noteSight(wasBlind);
    if (!this.isBlind) this.#tell('');
  }

  async confirm(target: SightTarget): Promise<boolean> {
    if (this.#watch.isBelieved(target)) return true;
    await this.#lookFor(target);
    const isOver = await this.#answersSinceSight(target);
    // who stops can't make sure of anything any more
    if (isOver || this.#stopping.signal.aborted) return false;
    return this.#watch.fail(target, this.#options.clock.mono());
  }

  async doubt(target: SightTarget): Promise<void> {
    if (this.#watch.doubt(target, this.#options.clock.mono())) await this.#lookFor(target);
  }

  forget(id: TargetId): void {
    this.#watch.forget(id);
  }

  /** Ends what is under way; safe twice. What is being told is alerts' to end: where storage hangs, no stop waits for it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTimer();
    await this.#look;
  }

  /** Sight is back, and what failed may have been asked before: whether the target answers now. */
  async #answersSinceSight({ retry }: SightTarget): Promise<boolean> {
    const isFresh = this.#options.clock.mono() - this.#seesSinceMono > STALE_MS;
    return !isFresh && !this.isBlind && retry !== null && (await this.#inTime(retry));
  }

  #noteSight(wasBlind: boolean): void {
    if (wasBlind && !this.isBlind) this.#seesSinceMono = this.#options.clock.mono();
  }

  /** Starts a look, or joins one that is young or under way. */
  #lookFor(asker: SightTarget | null): Promise<void> {
    const nowMono = this.#options.clock.mono();
    if (this.#look !== null && nowMono < this.#sharedUntilMono) return this.#look;
    this.#sharedUntilMono = Number.POSITIVE_INFINITY;
    this.#look = this.#lookAround(asker).finally(() => {
      this.#sharedUntilMono = nowMono + SHARED_MS;
    });
    return this.#look;
  }

  async #lookAround(asker: SightTarget | null): Promise<void> {
    const witnesses = this.#options.witnesses();
    const witnessed = await this.#anyAnswers(witnesses);
    // a hub that sees so far is judged by its witnesses alone, if it has any
    const isSettled = witnessed || (witnesses.length > 0 && !this.isBlind);
    const asked = isSettled ? [] : await this.#askAgain(asker);
    if (this.#stopping.signal.aborted) return;
    const wasBlind = this.isBlind;
    this.#watch.settle({ asker, witnesses: witnesses.length, witnessed, asked });
    this.#noteSight(wasBlind);
    this.#tell(witnesses.length > 0 ? witnessesText(witnesses) : askedText(asker, asked));
    this.#lookAgainLater();
  }

  async #anyAnswers(witnesses: readonly string[]): Promise<boolean> {
    const answers = witnesses.map((address) => this.#inTime((signal) => canConnect(address, signal)));
    return (await Promise.all(answers)).includes(true);
  }

  #askAgain(asker: SightTarget | null): Promise<readonly Asked[]> {
    const sample = this.#watch.sample(asker, this.#options.clock.mono());
    return Promise.all(
      sample.map(async (target) => ({ target, answered: await this.#inTime(target.retry!) })),
    );
  }

  #inTime(ask: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> {
    return answersInTime(ask, { clock: this.#options.clock, stopping: this.#stopping.signal });
  }

  #lookAgainLater(): void {
    this.#cancelTimer();
    if (!this.isBlind || this.#stopping.signal.aborted) return;
    this.#cancelTimer = this.#options.clock.after(LOOK_AGAIN_MS, () => {
      if (this.isBlind) void this.#lookFor(null);
    });
  }

  /** While it is blind each look raises again, so that an alarm which storage refused isn't lost. */
  #tell(reason: string): void {
    const now = this.isBlind ? 'blind' : 'sees';
    if (now === 'sees' && this.#told === 'sees') return;
    this.#told = now;
    const { alarm, notifiers } = this.#options;
    const told =
      now === 'blind'
        ? alarm.raise(condition(reason, notifiers()))
        : alarm.clear(KEY, 'The hub can see again.');
    told.catch(() => {
      this.#told = null;
    });
  }
}

function condition(reason: string, notifiers: readonly string[]): RaisedCondition {
  return {
    ...KEY,
    targetName: 'Guardia',
    address: 'this hub',
    severity: 'critical',
    summary: `The hub can't see: ${reason}. ${HINT}.`,
    value: null,
    limit: null,
    unit: '',
    notifiers,
  };
}

function witnessesText(witnesses: readonly string[]): string {
  const [only] = witnesses;
  if (witnesses.length === 1) return `its one witness, ${only}, takes no connection (does it still run?)`;
  return `none of its ${witnesses.length} witnesses takes a connection (${named(witnesses)}; do they still run?)`;
}

function askedText(asker: SightTarget | null, asked: readonly Asked[]): string {
  const failed = asked.filter(({ answered }) => !answered).map(({ target }) => target);
  const missing = asker === null ? failed : [asker, ...failed];
  const all = missing.length + asked.length - failed.length;
  return `${missing.length} of ${all} unrelated machines don't answer (${named(missing.map(({ name }) => name))})`;
}

function named(names: readonly string[]): string {
  const rest = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
