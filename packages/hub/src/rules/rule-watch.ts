// Looks every 15 s at what rules over many targets are about, and raises or clears their alerts. What holds is found out in
// looking.ts; state and telling are left to alerts.
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ActorDef, Call } from '@guardia/kernel';
import { GuardiaError, type RuleConfig } from '@guardia/model';
import type { RaisedCondition, RaisedKey } from '../alerts/public.ts';
import { conditionOf, type Finding, isOf, keyText, RULE, raisedKey } from './finding.ts';
import { advance, type Effect, type Life, type Lives, RAISED_BEFORE, underOtherSettings } from './life.ts';
import { allCurrent, lookAt, type Sources } from './looking.ts';
import { type Prepared, prepare } from './prepared.ts';
import type { Watched } from './public.ts';
import type { UnknownMetrics } from './unknown-metrics.ts';

const LOOK_MS = 15_000;

export interface RuleWatchArgs extends Sources {
  /** Null until the first configuration is applied. */
  watched(): Watched | null;
  /** Where rules raise what holds; both reject with a GuardiaError when storage refused it. */
  readonly alarm: {
    raise(condition: RaisedCondition): Promise<void>;
    clear(key: RaisedKey, summary: string): Promise<void>;
  };
  readonly warn: (text: string) => void;
  readonly unknown: UnknownMetrics;
}

/** One rule and what is known of its rows. */
interface RuleState {
  readonly rule: RuleConfig;
  readonly lives: Lives;
}

interface State extends RuleWatchArgs {
  prepared: Prepared | null;
  /** By name; null until it is known what an earlier run raised. */
  rules: Map<string, RuleState> | null;
  /** Why a rule couldn't be evaluated the last time, by its name. */
  refusals: Map<string, string>;
}

/** What the watch understands. */
export interface RuleWatchProtocol {
  /** Looks at every rule; answers when all was told. */
  Look: Call<object, void>;
}

export const ruleWatch: ActorDef<RuleWatchProtocol, State, RuleWatchArgs> = {
  kind: 'rule-watch',
  init(ctx, args) {
    ctx.timers.every(LOOK_MS, { type: 'Look' });
    return { ...args, prepared: null, rules: null, refusals: new Map() };
  },
  on: {
    async Look(_message, state) {
      const watched = state.watched();
      if (watched === null) return;
      if (state.prepared?.rules !== watched.rules || state.prepared.targets !== watched.targets)
        state.prepared = prepare(watched);
      try {
        state.rules ??= await raisedBefore(state, watched.rules);
        await look(state, state.prepared, state.rules);
      } catch (error) {
        // storage that fails says so itself; the next look tells all anew
        if (!(error instanceof GuardiaError)) throw error;
      }
    },
  },
};

/** What an earlier run raised, by the rule that it is of; of a rule that isn't there any more it ends. */
async function raisedBefore(
  { alerts, alarm }: State,
  rules: readonly RuleConfig[],
): Promise<Map<string, RuleState>> {
  const current = await allCurrent(alerts, { state: 'firing' });
  const found = new Map<string, { rule: RuleConfig; lives: Map<string, Life> }>();
  for (const { targetId, rule, instance } of current) {
    if (rule !== RULE) continue;
    const key = keyText(targetId, instance);
    const its = rules.find(({ name }) => name === instance) ?? rules.find((each) => isOf(each, instance));
    if (its === undefined) await alarm.clear(raisedKey(key), GONE);
    else if (found.has(its.name)) found.get(its.name)!.lives.set(key, RAISED_BEFORE);
    else found.set(its.name, { rule: its, lives: new Map([[key, RAISED_BEFORE]]) });
  }
  return found;
}

const GONE = 'The rule is no longer in the configuration';

/** @throws what telling failed with, after all rules were looked at */
async function look(state: State, prepared: Prepared, rules: Map<string, RuleState>): Promise<void> {
  const failures: unknown[] = [];
  const find = state.isBlind() ? null : await lookAt(prepared, state);
  for (const [name, { lives }] of rules) {
    if (prepared.rules.some((rule) => rule.name === name)) continue;
    const failed = await failuresOf(endAll(state, lives));
    if (failed.length === 0) rules.delete(name);
    failures.push(...failed);
  }
  for (const each of prepared.prepared) {
    const found = find?.(each) ?? null;
    noteRefusal(state, each.rule.name, found);
    const told = advanceRule(state, rules, each.rule, found instanceof GuardiaError ? null : found);
    failures.push(...(await failuresOf(told)));
    // Many rules over many targets would hold up checks.
    await setImmediate();
  }
  if (find !== null) await state.unknown.look(prepared.prepared);
  if (failures.length > 0) throw failures[0];
}

async function failuresOf(told: readonly Promise<void>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(told);
  return settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
}

/** Ends all that a rule has raised that isn't configured any more. */
function endAll({ alarm }: State, lives: Lives): Promise<void>[] {
  const raised = [...lives].filter(([, life]) => life.isRaised);
  return raised.map(([key]) => alarm.clear(raisedKey(key), GONE));
}

function advanceRule(
  state: State,
  rules: Map<string, RuleState>,
  rule: RuleConfig,
  found: readonly Finding[] | null,
): Promise<void>[] {
  const known = rules.get(rule.name);
  const isSame = known === undefined || known.rule === rule || isDeepStrictEqual(known.rule, rule);
  const before = isSame ? (known?.lives ?? new Map()) : underOtherSettings(known.lives);
  const { lives, effects } = advance(before, found, { nowMono: state.clock.mono(), forMs: rule.forMs });
  rules.set(rule.name, { rule, lives });
  return effects.map(async (effect) => {
    try {
      await tell(state, rule, effect);
    } catch (error) {
      // as it was, so that the next look tells it
      const life = before.get(effect.key);
      if (life === undefined) lives.delete(effect.key);
      else lives.set(effect.key, life);
      throw error;
    }
  });
}

function tell({ alarm }: State, rule: RuleConfig, effect: Effect<Finding>): Promise<void> {
  if (effect.type === 'raise') return alarm.raise(conditionOf(rule, effect.found));
  const summary = effect.found?.summary() ?? `The rule ${rule.name} is no longer about it`;
  return alarm.clear(raisedKey(effect.key), summary);
}

/** Said once per reason. */
function noteRefusal(state: State, name: string, found: readonly Finding[] | GuardiaError | null): void {
  if (found === null) return;
  if (!(found instanceof GuardiaError)) state.refusals.delete(name);
  else if (state.refusals.get(name) !== found.message) {
    state.refusals.set(name, found.message);
    state.warn(`rule ${name} can't be evaluated: ${found.message}`);
  }
}
