// What is known of every target in memory, and what an observation or a new configuration changes in it. It neither
// stores nor tells: the engine commits the changes, and throws the judge away when that fails.
import type { EpochMs, TargetId } from '@guardia/model';
import { INACTIVE, type Life, type LifeEvent, step } from './life.ts';
import type { AlertTarget, Observation, TargetRule } from './public.ts';
import { type AlertRecord, type Change, ended, troubled } from './record.ts';
import { PositionCache } from './rules/positions.ts';
import { type Finding, judgedRules, visitFindings } from './rules/verdicts.ts';

/** What was stored: alerts that are pending or firing, and the highest sequence of each target. */
export interface StoredAlerts {
  readonly records: readonly AlertRecord[];
  readonly sequences: ReadonlyMap<TargetId, number>;
}

/** One target. Only alerts that are pending or firing have an entry in `live`, so a healthy target holds nothing; one
 *  that went away has no rules, and stays for its sequence if it has any. */
interface Watch {
  target: AlertTarget;
  rules: readonly TargetRule[];
  readonly live: Map<string, AlertRecord>;
  sequence: number;
}

export class Judge {
  readonly #positions = new PositionCache();
  readonly #watches = new Map<TargetId, Watch>();

  /** Until `configure` tells the rules, stored alerts wait: no observation touches them. */
  constructor(stored: StoredAlerts) {
    for (const [id, sequence] of stored.sequences) {
      const target = { id, name: '', address: '', rules: [] };
      this.#watches.set(id, { target, rules: [], live: new Map(), sequence });
    }
    for (const record of stored.records) {
      this.#watches.get(record.alert.targetId)?.live.set(keyOf(record.alert), record);
    }
  }

  /** How many targets are held: those configured, and those that went away and stay for their sequence. */
  get size(): number {
    return this.#watches.size;
  }

  /** Judges one observation. An unknown target changes nothing: it was taken out while its last poll ran. */
  observe(observation: Observation): readonly Change[] {
    const { targetId, at } = subject(observation);
    const watch = this.#watches.get(targetId);
    const changes: Change[] = [];
    if (watch === undefined) return changes;
    for (const rule of watch.rules) {
      visitFindings(rule, observation, this.#positions, (finding) => {
        const change = applyFinding(watch, rule, finding, at);
        if (change !== null) changes.push(change);
      });
    }
    return changes;
  }

  /** Replaces all targets. Counters of unchanged rules stay; alerts of rules and targets that went away end untold. */
  configure(targets: readonly AlertTarget[], at: EpochMs): readonly Change[] {
    const wanted = new Map(targets.map((target) => [target.id, target]));
    const changes: Change[] = [];
    for (const [id, watch] of this.#watches) {
      changes.push(...applyRules(watch, judgedRules(wanted.get(id)?.rules ?? []), at));
      if (!wanted.has(id) && watch.sequence === 0) this.#watches.delete(id);
    }
    for (const target of targets) this.#adopt(target);
    return changes;
  }

  #adopt(target: AlertTarget): void {
    const known = this.#watches.get(target.id);
    if (known === undefined) {
      this.#watches.set(target.id, {
        target,
        rules: judgedRules(target.rules),
        live: new Map(),
        sequence: 0,
      });
    } else {
      known.target = target;
    }
  }
}

function applyFinding(watch: Watch, rule: TargetRule, finding: Finding, at: EpochMs): Change | null {
  if (finding.verdict !== 'violation' && watch.live.size === 0) return null;
  const key = keyOf({ rule: rule.rule, instance: finding.instance });
  const before = watch.live.get(key);
  const { life, effect } = step(lifeOf(before), finding.verdict, rule.grace);
  if (effect === 'none') return null;
  watch.sequence += 1;
  const { sequence } = watch;
  if (life.state === 'inactive') {
    watch.live.delete(key);
    return { effect, record: ended(before!, { at, sequence, passed: { finding, rule } }), at };
  }
  const record = troubled(watch.target, rule, finding, { before, life, at, sequence });
  watch.live.set(key, record);
  return { effect, record, at };
}

function applyRules(watch: Watch, rules: readonly TargetRule[], at: EpochMs): readonly Change[] {
  const changes: Change[] = [];
  for (const [key, record] of watch.live) {
    const event = ruleEvent(record, { before: watch.rules, now: rules });
    if (event === null) continue;
    const { effect } = step(lifeOf(record), event, record.grace);
    if (effect === 'none') continue;
    watch.sequence += 1;
    watch.live.delete(key);
    changes.push({ effect, record: ended(record, { at, sequence: watch.sequence, passed: null }), at });
  }
  watch.rules = rules;
  return changes;
}

/** What a new configuration is to a stored alert; null when its rule is what it was. Which sensor an earlier life of
 *  the hub read isn't stored, so that the first configuration of a life never changes it. */
function ruleEvent(
  { alert, grace }: AlertRecord,
  rules: { readonly before: readonly TargetRule[]; readonly now: readonly TargetRule[] },
): LifeEvent | null {
  const isIts = ({ rule }: TargetRule) => rule === alert.rule;
  const now = rules.now.find(isIts);
  if (now === undefined) return 'rule_gone';
  const before = rules.before.find(isIts) ?? now;
  const same = now.limit === alert.limit && now.grace === grace && sensorOf(now) === sensorOf(before);
  return same ? null : 'rule_changed';
}

function sensorOf({ sensor = 'mean' }: TargetRule): string {
  return sensor;
}

function lifeOf(record: AlertRecord | undefined): Life {
  if (record === undefined) return INACTIVE;
  return {
    state: record.alert.state === 'firing' ? 'firing' : 'pending',
    violations: record.alert.violations,
  };
}

function keyOf({ rule, instance }: { rule: string; instance: string }): string {
  return `${rule} ${instance}`;
}

function subject(observation: Observation): { targetId: TargetId; at: EpochMs } {
  switch (observation.type) {
    case 'frame':
      return observation.frame;
    case 'check':
      return observation.outcome;
    case 'unreachable':
      return observation;
  }
}
