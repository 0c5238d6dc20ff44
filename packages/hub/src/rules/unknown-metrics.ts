// Finds metrics that rules ask for and of which nothing is known, long enough after something should have come: a name that
// is misspelt makes a rule that never fires. What rules find is looking.ts's; this raises nothing, it only says so.
import type { Clock } from '@guardia/kernel';
import { GuardiaError } from '@guardia/model';
import { QueryRefused, type SeriesStore } from '@guardia/series';
import { orError } from './asking.ts';
import type { PreparedRule, Question } from './prepared.ts';

/** A metric without readings for so long is looked for among all that is stored, and again after as long. */
const QUIET_MS = 600_000;
/** So many are named at once. */
const NAMED = 5;

export interface UnknownMetricsOptions {
  readonly clock: Clock;
  readonly series: Pick<SeriesStore, 'find'>;
  readonly warn: (text: string) => void;
}

/** A metric of a rule without readings. */
interface Quiet {
  readonly rule: string;
  readonly metric: string;
  /** When it is looked for, on the monotonic clock. */
  readonly nextMono: number;
  readonly isUnknown: boolean;
}

export class UnknownMetrics {
  readonly #options: UnknownMetricsOptions;
  #quiet: ReadonlyMap<string, Quiet> = new Map();

  constructor(options: UnknownMetricsOptions) {
    this.#options = options;
  }

  /** Which metrics of which rules are unknown, in one sentence; null while none is. */
  get message(): string | null {
    const unknown = [...this.#quiet.values()].filter(({ isUnknown }) => isUnknown);
    if (unknown.length === 0) return null;
    const shown = unknown.slice(0, NAMED).map(({ rule, metric }) => `${metric} (rule ${rule})`);
    const more = unknown.length > NAMED ? ` and ${unknown.length - NAMED} more` : '';
    return `no series for ${shown.join(', ')}${more}: such a rule can't fire`;
  }

  /** Takes note of which metrics had readings at the look that was just made; looks for those that have had none for long.
   *  Each that becomes unknown is warned of once. */
  async look(rules: readonly PreparedRule[]): Promise<void> {
    const next = new Map<string, Quiet>();
    for (const { rule, members, questions } of rules) {
      // of no target: the configuration was warned of
      if (members.length === 0 || questions === null) continue;
      const byMetric = Map.groupBy(questions.values(), ({ node }) => node.selector.metric);
      for (const [metric, asked] of byMetric) {
        if (metric === undefined || asked.some(({ rows }) => rows > 0 && rows < Number.POSITIVE_INFINITY))
          continue;
        const key = JSON.stringify([rule.name, metric]);
        const known = this.#quiet.get(key) ?? this.#newlyQuiet(rule.name, metric);
        // of what storage refused nothing new is known
        next.set(key, asked.every(({ rows }) => rows === 0) ? await this.#judge(known, asked) : known);
      }
    }
    this.#quiet = next;
  }

  #newlyQuiet(rule: string, metric: string): Quiet {
    return { rule, metric, nextMono: this.#options.clock.mono() + QUIET_MS, isUnknown: false };
  }

  async #judge(quiet: Quiet, asked: readonly Question[]): Promise<Quiet> {
    const { clock, series, warn } = this.#options;
    const { rule, metric, nextMono } = quiet;
    if (clock.mono() < nextMono) return quiet;
    const targets = asked.flatMap(({ node }) => node.selector.targets ?? []);
    const found = await orError(series.find({ metric, targets }, 1));
    // more than one is refused, which is as good an answer
    if (found instanceof GuardiaError && !(found instanceof QueryRefused)) return quiet;
    const isUnknown = !(found instanceof GuardiaError) && found.length === 0;
    if (isUnknown && !quiet.isUnknown)
      warn(
        `rule ${rule} asks for ${metric}, but none of its targets has such a series: it can't fire until one comes. ` +
          'GET /api/v1/series answers which there are',
      );
    return { rule, metric, nextMono: clock.mono() + QUIET_MS, isUnknown };
  }
}
