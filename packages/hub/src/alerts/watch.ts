// One target and those of its alerts that are pending or firing: what a finding or new rules change in them. Which
// findings there are belongs to managers/, what flaps or is held to judge.ts.
import type { EpochMs } from '@guardia/model';
import { INACTIVE, type Life, type LifeEvent, step } from './life.ts';
import type { Finding } from './managers/manager.ts';
import { nags } from './nagging.ts';
import type { AlertTarget, TargetRule } from './public.ts';
import { type AlertRecord, type Change, ended, recounted, troubled, windowText } from './record.ts';
import { isWatched } from './rules/watched.ts';

/** What makes an alert one of its target's. */
export interface AlertKey {
  readonly rule: string;
  readonly instance: string;
}

/** Only alerts that are pending or firing have an entry, so a healthy target holds nothing; one that went away has no
 *  rules, and stays for its sequence if it has any. */
export class Watch {
  target: AlertTarget;
  #rules: readonly TargetRule[] = [];
  #sequence: number;
  readonly #live = new Map<string, AlertRecord>();
  /** What raised conditions that are live were last raised with, where they are to be told again. */
  readonly #raised = new Map<string, TargetRule>();

  constructor(target: AlertTarget, sequence: number) {
    this.target = target;
    this.#sequence = sequence;
  }

  get rules(): readonly TargetRule[] {
    return this.#rules;
  }

  /** Whether anything is pending or firing. */
  get isTroubled(): boolean {
    return this.#live.size > 0;
  }

  /** Whether anything was ever stored of it: its numbers then have to go on. */
  get hasHistory(): boolean {
    return this.#sequence > 0;
  }

  get(key: AlertKey): AlertRecord | undefined {
    return this.#live.get(textOf(key));
  }

  /** Those that fire now. */
  firing(): readonly AlertRecord[] {
    return [...this.#live.values()].filter(({ alert }) => alert.state === 'firing');
  }

  /** The rule that an alert is of; undefined for what was raised and is told once. */
  ruleOf(key: AlertKey): TargetRule | undefined {
    return this.#rules.find((each) => each.rule === key.rule) ?? this.#raised.get(textOf(key));
  }

  /** Whether it is pending or fires, and somebody is told of it, be it after a while. */
  tells(key: AlertKey): boolean {
    const alert = this.get(key)?.alert;
    if (alert === undefined) return false;
    return alert.notifiers.length > 0 || (this.ruleOf(alert)?.escalation ?? []).length > 0;
  }

  /** Takes a record as it is: one that was stored, or one of these with something changed. */
  put(record: AlertRecord): void {
    this.#live.set(textOf(record.alert), record);
  }

  /** Forgets what is pending or firing. @returns it */
  clear(): readonly AlertRecord[] {
    const records = [...this.#live.values()];
    this.#live.clear();
    return records;
  }

  /** One step of one life; null when it changes nothing. */
  apply(rule: TargetRule, finding: Finding, at: EpochMs): Change | null {
    if (finding.verdict !== 'violation' && !this.isTroubled) return null;
    const key = { rule: rule.rule, instance: finding.instance };
    const before = this.get(key);
    if (finding.raised !== undefined) this.#noteRaised(key, rule);
    const { life, effect } = step(lifeOf(before), finding.verdict, rule);
    if (effect === 'none') return null;
    if (life.state === 'inactive') {
      this.#live.delete(textOf(key));
      this.#raised.delete(textOf(key));
      const record = ended(before!, { at, sequence: this.nextSequence(), by: { finding, rule } });
      return { effect, record, at };
    }
    const sequence = this.nextSequence();
    const isNews = finding.verdict === 'violation' && effect !== 'recovering';
    const record = isNews
      ? troubled(this.target, rule, finding, { before, life, at, sequence })
      : recounted(before!, life, sequence);
    this.put(record);
    return { effect, record, at };
  }

  /** Replaces the rules; undefined: the target went away. Counters of unchanged rules stay; alerts of rules that went
   *  away end. */
  configure(rules: readonly TargetRule[] | undefined, at: EpochMs): readonly Change[] {
    const changes: Change[] = [];
    const gone = rules === undefined ? 'target' : 'rule';
    for (const [key, record] of this.#live) {
      const event = ruleEvent(record, { before: this.#rules, now: rules });
      if (event === null) continue;
      const { effect } = step(lifeOf(record), event, { grace: record.grace });
      if (effect === 'none') continue;
      this.#live.delete(key);
      this.#raised.delete(key);
      const sequence = this.nextSequence();
      changes.push({ effect, record: ended(record, { at, sequence, by: { gone } }), at });
    }
    this.#rules = rules ?? [];
    return changes;
  }

  #noteRaised(key: AlertKey, rule: TargetRule): void {
    if (nags(rule)) this.#raised.set(textOf(key), rule);
    else this.#raised.delete(textOf(key));
  }

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }
}

/** What a new configuration is to a stored alert; null when its rule is what it was, or none of the configuration's.
 *  Which sensor an earlier life of the hub read isn't stored, so that the first configuration of a life never changes it. */
function ruleEvent(
  record: AlertRecord,
  rules: { readonly before: readonly TargetRule[]; readonly now: readonly TargetRule[] | undefined },
): LifeEvent | null {
  const name = ruleBehind(record);
  // its objective went with it, and nobody is left to take it back
  if (name === 'slo_burn' && rules.now === undefined) return 'rule_gone';
  if (!isWatched(name)) return null;
  const isIts = ({ rule }: TargetRule) => rule === name;
  const now = rules.now?.find(isIts);
  if (now === undefined) return 'rule_gone';
  const before = rules.before.find(isIts) ?? now;
  return isCountedBy(now, record) && sensorOf(now) === sensorOf(before) ? null : 'rule_changed';
}

/** The rule that an alert lives by: that of the alert behind it for `flapping`. */
function ruleBehind({ alert }: AlertRecord): string {
  return alert.rule === 'flapping' ? alert.instance.split(' ', 1)[0]! : alert.rule;
}

function isCountedBy(rule: TargetRule, { alert, grace, window }: AlertRecord): boolean {
  return rule.limit === alert.limit && rule.grace === grace && windowText(rule) === window;
}

function sensorOf({ sensor = 'mean' }: TargetRule): string {
  return sensor;
}

function lifeOf(record: AlertRecord | undefined): Life {
  if (record === undefined) return INACTIVE;
  const { alert, passes, recent } = record;
  return {
    state: alert.state === 'firing' ? 'firing' : 'pending',
    violations: alert.violations,
    passes,
    recent,
  };
}

function textOf({ rule, instance }: AlertKey): string {
  return `${rule} ${instance}`;
}
