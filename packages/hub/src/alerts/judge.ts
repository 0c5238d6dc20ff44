// What is known of every target in memory, and what an observation, a new configuration or the passing of time changes
// in it. It neither stores nor tells: the engine commits the changes, and throws the judge away when that fails.
import type { Acknowledgement, Alert, EpochMs, Hold, TargetId } from '@guardia/model';
import { dependentsOf } from './dependents.ts';
import {
  calmFinding,
  flappingFinding,
  flappingKey,
  flappingRule,
  flapWindowMs,
  innerKey,
  isCalm,
  isFlapping,
  type Transitions,
  withTransition,
} from './flapping.ts';
import type { FindingSink } from './managers/manager.ts';
import { MetricAlerts } from './managers/metric-alerts.ts';
import { raisedAlerts } from './managers/raised-alerts.ts';
import { heldByDown, judgedRules, serviceAlerts } from './managers/service-alerts.ts';
import { dueNags, nagged, nags, takenBack } from './nagging.ts';
import type { AlertTarget, Observation, TargetRule } from './public.ts';
import { type AlertRecord, type Change, type ChangeOf, withHold } from './record.ts';
import { SeenAgain } from './seen-again.ts';
import { ofTarget, type Recall, type StoredAlerts } from './stored.ts';
import { subject } from './subject.ts';
import { type AlertKey, Watch } from './watch.ts';

/** Whether a target can't be reached or is down: one of its alerts of those two rules fires, or is about to, so that
 *  those that depend on it wait until that is known. */
export type IsTroubled = (targetId: TargetId) => boolean;

/** Why nobody is told of this alert now; null when those who should be are. Asked when it fires, when it is over, and
 *  at every tick while it is held. Called in the midst of an evaluation: must be quick and not throw. */
export type HoldOf = (alert: Alert, isTroubled: IsTroubled) => Hold | null;

/** An alert that fired or ended lately. */
interface Restless {
  readonly watch: Watch;
  readonly key: AlertKey;
  readonly times: Transitions;
}

const FLAPPING: Hold = { reason: 'flapping', by: '' };

export class Judge {
  readonly #metricAlerts = new MetricAlerts();
  readonly #watches = new Map<TargetId, Watch>();
  /** By target, rule and instance. */
  readonly #restless = new Map<string, Restless>();
  /** Alerts of which something waits to be told, other than because they flap; by id. */
  readonly #held = new Map<string, AlertRecord>();
  /** Of those that fire and are held, ids of those of which somebody was told, or may have been: they hear of the end. */
  readonly #told = new Set<string>();
  readonly #seenAgain: SeenAgain;
  readonly #holdOf: HoldOf;
  #dependents: (id: TargetId) => Iterable<TargetId> = () => [];

  /** Until `configure` tells the rules, stored alerts of the configuration wait: no observation touches them. */
  constructor(stored: StoredAlerts, holdOf: HoldOf = () => null) {
    this.#holdOf = (alert, isTroubled) =>
      heldByDown(alert, this.#watches.get(alert.targetId)?.get(SERVICE_DOWN)?.alert) ??
      holdOf(alert, isTroubled);
    for (const [id, sequence] of stored.sequences) this.#watches.set(id, new Watch(nameless(id), sequence));
    this.#seenAgain = new SeenAgain(stored.records);
    this.#takeUp(stored);
  }

  /** A change of this target could not be stored: all that is known of its alerts is again what was stored. */
  restore(id: TargetId, stored: StoredAlerts): void {
    const watch = this.#watches.get(id)!;
    const known = [...this.#held.values()].filter(({ alert }) => alert.targetId === id);
    for (const { alert } of [...known, ...watch.clear()]) this.#forgetHold(alert);
    for (const [key, restless] of this.#restless) if (restless.watch === watch) this.#restless.delete(key);
    this.#takeUp(ofTarget(stored, id));
  }

  #takeUp({ records, ended, told, transitions }: StoredAlerts): void {
    for (const id of told) this.#told.add(id);
    for (const record of ended) this.#held.set(record.alert.id, record);
    for (const record of records) this.#restore(record);
    for (const { targetId, rule, instance, at } of transitions) {
      this.#noteTransition(this.#watches.get(targetId)!, { rule, instance }, at);
    }
  }

  /** How many targets are held: those configured, and those that went away and stay for their sequence. */
  get size(): number {
    return this.#watches.size;
  }

  /** Whether time alone may change something: `tick` is then to be called now and then. */
  get waits(): boolean {
    return this.#restless.size > 0 || this.#held.size > 0 || this.#mayNag();
  }

  /** Judges one observation. One of an unknown target changes nothing: it was taken out while its last poll ran; but
   *  conditions may be raised for any target. */
  observe(observation: Observation): readonly Change[] {
    const { targetId, at } = subject(observation);
    const changes: Change[] = [];
    const watch =
      observation.type === 'raised' ? this.#adopt(nameless(targetId)) : this.#watches.get(targetId);
    if (watch === undefined) return changes;
    const wasTroubled = watch.isTroubled && this.#isTroubled(targetId);
    const sink: FindingSink = {
      wantsPasses: watch.isTroubled,
      found: (rule, finding) => {
        const change = watch.apply(rule, finding, at);
        if (change !== null) this.#add(change, watch, changes);
        if (finding.verdict === 'violation')
          this.#sawAgain(watch.get({ rule: rule.rule, instance: finding.instance }), at, changes);
      },
    };
    this.#visit(observation, watch.rules, sink);
    if (changes.some(isDown)) this.#recall([targetId], at, changes);
    if (changes.length > 0 && !wasTroubled && this.#isTroubled(targetId))
      this.#recall(this.#dependents(targetId), at, changes);
    return changes;
  }

  /** Replaces all targets. Counters of unchanged rules stay; alerts of rules and targets that went away end, which
   *  is no transition of flapping; raised conditions stay, but for a burnt budget of a target that went away. */
  configure(targets: readonly AlertTarget[], at: EpochMs): readonly Change[] {
    for (const target of targets) this.#adopt(target).target = target;
    this.#dependents = dependentsOf(targets);
    const rules = new Map(targets.map((target) => [target.id, judgedRules(target.rules)]));
    const changes: Change[] = [];
    for (const [id, watch] of this.#watches) {
      for (const change of watch.configure(rules.get(id), at)) {
        if (change.effect === 'resolved') this.#tell(change, watch, changes);
        else changes.push(change);
      }
      if (!rules.has(id) && !watch.hasHistory) this.#watches.delete(id);
    }
    return changes;
  }

  /** Ends the flapping of alerts that have been calm for long enough, and lets go what is no longer held: of alerts that
   *  fire still, and ends of those that were told of. What fired before this life waits until it was seen in it. */
  tick(now: EpochMs): readonly Change[] {
    const changes: Change[] = [];
    this.#seenAgain.tick(now);
    // in the order in which it happened: an end before the beginning of what fires since
    const held = [...this.#held.values()].sort((a, b) => a.sequence - b.sequence);
    for (const record of held) this.#askAgain(record, now, changes);
    for (const [id, restless] of this.#restless) {
      const windowMs = flapWindowMs(restless.watch, restless.key);
      if (!isCalm(restless.times, now, windowMs) || this.#isUnseen(restless)) continue;
      this.#restless.delete(id);
      this.#calmDown(restless, now, changes);
    }
    for (const watch of this.#watches.values()) if (watch.isTroubled) this.#nag(watch, now, changes);
    return changes;
  }

  /** Notes who has seen an alert. What was noted before stays unless there is a new note.
   *  @returns null when none of this id fires */
  acknowledge(id: string, given: Acknowledgement): Change | null {
    for (const watch of this.#watches.values()) {
      const record = watch.firing().find(({ alert }) => alert.id === id);
      if (record === undefined) continue;
      const acknowledged = (given.note === '' && record.alert.acknowledged) || given;
      const alert = { ...record.alert, acknowledged };
      return this.#replace(watch, { ...record, alert }, { effect: 'acknowledged', at: given.at });
    }
    return null;
  }

  /** What came of a recall: what was to be told again is due again, and of an alert of which everything had left nothing
   *  waits. */
  recalled({ alert, isHeld, isTold, nags }: Recall): void {
    if (isHeld && !isTold) this.#told.delete(alert.id);
    const watch = this.#watches.get(alert.targetId)!;
    const record = watch.get(alert);
    if (record?.alert.id !== alert.id) return;
    if (nags.length > 0) watch.put(takenBack(record, nags));
    if (isHeld || record.alert.held?.reason !== 'parent') return;
    watch.put(withHold(record, null));
    this.#forgetHold(alert);
  }

  #mayNag(): boolean {
    for (const watch of this.#watches.values())
      if (watch.isTroubled && watch.firing().some(({ alert }) => nags(watch.ruleOf(alert)))) return true;
    return false;
  }

  /** Tells again what fires on, unless something holds it: then what is due is told when that is over. */
  #nag(watch: Watch, now: EpochMs, changes: Change[]): void {
    for (const { alert } of watch.firing()) {
      const rule = watch.ruleOf(alert);
      if (!nags(rule) || alert.held !== null || this.#seenAgain.isUnseen(alert)) continue;
      if (this.#holdOf(alert, this.#isTroubled) !== null) continue;
      for (const nag of dueNags(watch.get(alert)!, rule, now)) {
        const record = nagged(watch.get(alert)!, nag);
        changes.push(this.#replace(watch, record, { effect: 'nagged', nag, at: now }));
      }
    }
  }

  /** Puts a record in the place of the one before. */
  #replace(watch: Watch, given: AlertRecord, what: ChangeOf): Change {
    const record = { ...given, sequence: watch.nextSequence() };
    watch.put(record);
    if (this.#held.has(record.alert.id)) this.#held.set(record.alert.id, record);
    return { ...what, record };
  }

  /** A flapping alert whose transitions are too old to be stored with it is calm at the first tick. */
  #restore(record: AlertRecord): void {
    const { targetId, rule, instance } = record.alert;
    const watch = this.#watches.get(targetId)!;
    watch.put(record);
    this.#noteHold(record);
    if (rule !== 'flapping') return;
    const key = innerKey(instance);
    this.#restless.set(restlessId(watch, key), { watch, key, times: [] });
  }

  #adopt(target: AlertTarget): Watch {
    const known = this.#watches.get(target.id);
    if (known !== undefined) return known;
    const watch = new Watch(target, 0);
    this.#watches.set(target.id, watch);
    return watch;
  }

  #visit(observation: Observation, rules: readonly TargetRule[], sink: FindingSink): void {
    switch (observation.type) {
      case 'frame':
      case 'unreachable':
        this.#metricAlerts.visit(observation, rules, sink);
        break;
      case 'check':
        serviceAlerts.visit(observation, rules, sink);
        break;
      case 'raised':
      case 'cleared':
        raisedAlerts.visit(observation, rules, sink);
    }
  }

  /** An alert that begins while it flaps is told neither of its beginning nor its end. The end of one that was told of
   *  before is, so that nobody waits for it. */
  #add(change: Change, watch: Watch, changes: Change[]): void {
    const { effect, record } = change;
    if (effect !== 'fired' && effect !== 'resolved') {
      changes.push(change);
      return;
    }
    const times = this.#noteTransition(watch, record.alert, change.at);
    const flaps = this.#flaps(change, { watch, times, changes });
    this.#tell(change, watch, changes, effect === 'fired' && flaps ? FLAPPING : undefined);
  }

  /** Adds a change that is told, unless it is held. The end of an alert whose beginning is held is told to nobody. */
  #tell(change: Change, watch: Watch, changes: Change[], hold?: Hold): void {
    const { alert } = change.record;
    const record = withHold(change.record, hold ?? alert.held ?? this.#holdOf(alert, this.#isTroubled));
    if (alert.state === 'firing') watch.put(record);
    this.#letEndsGo(record.alert, change.at, changes);
    const isNews = alert.held === null || this.#told.has(alert.id);
    this.#forgetHold(alert);
    if (isNews) this.#noteHold(record);
    changes.push({ ...change, record });
  }

  /** Something else says it better: what of these targets a parent or being down holds from now on, and has not left yet,
   *  waits. What has left is known to the database alone, which says so later: until then each is taken for held. */
  #recall(targets: Iterable<TargetId>, at: EpochMs, changes: Change[]): void {
    for (const id of targets) {
      const watch = this.#watches.get(id)!;
      for (const record of watch.firing()) {
        const held = record.alert.held === null ? this.#holdOf(record.alert, this.#isTroubled) : null;
        if (held?.reason !== 'parent') continue;
        const change = this.#replace(watch, withHold(record, held), { effect: 'recalled', at });
        this.#noteHold(change.record);
        this.#told.add(record.alert.id);
        changes.push(change);
      }
    }
  }

  #noteHold(record: AlertRecord): void {
    const { id, held } = record.alert;
    if (held !== null && held.reason !== 'flapping') this.#held.set(id, record);
  }

  /** `released` when nothing holds it any more, `held` when something else does. */
  #askAgain(noted: AlertRecord, now: EpochMs, changes: Change[]): void {
    const { alert } = noted;
    const held = this.#holdOf(alert, this.#isTroubled);
    if (held?.reason === alert.held?.reason && held?.by === alert.held?.by) this.#seenAgain.forget(alert);
    else if (held !== null || !this.#seenAgain.waits(alert, now)) this.#setHold(noted, held, now, changes);
  }

  #sawAgain(record: AlertRecord | undefined, at: EpochMs, changes: Change[]): void {
    if (record === undefined) return;
    this.#seenAgain.saw(record.alert);
    if (record.alert.state !== 'firing' || record.alert.held?.reason !== 'parent') return;
    if (this.#holdOf(record.alert, this.#isTroubled) === null) this.#setHold(record, null, at, changes);
  }

  #forgetHold(alert: Alert): void {
    this.#held.delete(alert.id);
    this.#told.delete(alert.id);
    this.#seenAgain.forget(alert);
  }

  #setHold(noted: AlertRecord, held: Hold | null, now: EpochMs, changes: Change[]): void {
    const { alert } = noted;
    const watch = this.#watches.get(alert.targetId)!;
    // its passes may have been counted since
    const before = alert.state === 'firing' ? watch.get(alert)! : noted;
    const record = { ...withHold(before, held), sequence: watch.nextSequence() };
    if (alert.state === 'firing') watch.put(record);
    this.#seenAgain.forget(alert);
    if (held === null) this.#forgetHold(alert);
    else this.#held.set(alert.id, record);
    this.#letEndsGo(record.alert, now, changes);
    changes.push({ effect: held === null ? 'released' : 'held', record, at: now });
  }

  /** Who is told that something fires is told first that its earlier life is over, whatever holds that. */
  #letEndsGo(told: Alert, now: EpochMs, changes: Change[]): void {
    if (told.state !== 'firing' || told.held !== null) return;
    for (const ended of this.#held.values()) {
      if (ended.alert.state === 'resolved' && isSameAlert(ended.alert, told)) {
        this.#setHold(ended, null, now, changes);
      }
    }
  }

  /** Whether the alert flaps; the `flapping` alert is added when it does so since now. */
  #flaps(
    { record: { alert, address }, at }: Change,
    { watch, times, changes }: { watch: Watch; times: Transitions; changes: Change[] },
  ): boolean {
    if (watch.get(flappingKey(alert)) !== undefined) return true;
    const windowMs = flapWindowMs(watch, alert);
    if (!isFlapping(times, windowMs)) return false;
    const began = watch.apply(flappingRule(alert), flappingFinding(alert, address, windowMs), at);
    this.#tell(began!, watch, changes);
    return true;
  }

  #isUnseen({ watch, key }: Restless): boolean {
    const inner = watch.get(key)?.alert;
    return inner !== undefined && this.#seenAgain.isUnseen(inner);
  }

  #calmDown({ watch, key }: Restless, now: EpochMs, changes: Change[]): void {
    const flapping = watch.get(flappingKey(key))?.alert;
    if (flapping === undefined) return;
    const inner = watch.get(key);
    const fires = inner?.alert.state === 'firing';
    const finding = calmFinding(flapping, fires, flapWindowMs(watch, key));
    const over = watch.apply(flappingRule(flapping), finding, now);
    this.#tell(over!, watch, changes);
    if (!fires || inner.alert.held?.reason !== 'flapping') return;
    const record = { ...withHold(inner, null), sequence: watch.nextSequence() };
    this.#tell({ effect: 'calmed', record, at: now }, watch, changes);
  }

  #noteTransition(watch: Watch, { rule, instance }: AlertKey, at: EpochMs): Transitions {
    const key = { rule, instance };
    const id = restlessId(watch, key);
    const times = withTransition(this.#restless.get(id)?.times ?? [], at);
    this.#restless.set(id, { watch, key, times });
    return times;
  }

  readonly #isTroubled: IsTroubled = (targetId) => {
    const watch = this.#watches.get(targetId);
    return watch !== undefined && (watch.tells(UNREACHABLE) || watch.tells(SERVICE_DOWN));
  };
}

const UNREACHABLE: AlertKey = { rule: 'unreachable', instance: '' };
const SERVICE_DOWN: AlertKey = { rule: 'service_down', instance: '' };

function isDown({ effect, record }: Change): boolean {
  return effect === 'fired' && record.alert.rule === SERVICE_DOWN.rule;
}

function isSameAlert(one: Alert, other: Alert): boolean {
  return one.targetId === other.targetId && one.rule === other.rule && one.instance === other.instance;
}

function restlessId({ target }: Watch, { rule, instance }: AlertKey): string {
  return `${target.id} ${rule} ${instance}`;
}

/** A target of which nothing is configured. */
function nameless(id: TargetId): AlertTarget {
  return { id, name: '', address: '', group: '', tags: [], dependsOn: [], rules: [] };
}
