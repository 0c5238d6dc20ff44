// Watches the hub itself, and raises what it finds like everything else: a disk that fills, deliveries that are dead,
// actors that crash again and again. Writing that fails altogether is the emergency notice's.
import { statfs } from 'node:fs/promises';
import type { Clock } from '@guardia/kernel';
import type { Delivery, HubEvent, Severity } from '@guardia/model';
import type { RaisedCondition, RaisedKey } from '../alerts/public.ts';
import { undeliveredText } from './undelivered-text.ts';

/** Where conditions are raised and taken back. What it rejects is told again a minute later. */
interface SelfAlarm {
  raise(condition: RaisedCondition): Promise<void>;
  clear(key: RaisedKey, summary: string): Promise<void>;
}

export interface SelfWatchOptions {
  readonly clock: Clock;
  readonly alarm: SelfAlarm;
  /** Folder of the hub's database; null: it keeps nothing on a disk of this machine. */
  readonly folder: string | null;
  /** Who is told: notifiers by name. */
  notifiers(): readonly string[];
  /** Whether a notifier of this name is configured. */
  isNotifier(name: string): boolean;
  /** What an alert says; null when there is none of this id any more. */
  summaryOf(alertId: string): Promise<string | null>;
  /** How full the disk of a folder is, in percent; null where that can't be known. @default as `df` has it */
  readonly usedPercent?: (folder: string) => Promise<number | null>;
}

/** Percent of the disk in use from which on it is nearly full, and very much so; below `calm` that is over, so that it
 *  doesn't go to and fro. Each is an alert of its own, since one that fires already is told no more. */
const DISK_LEVELS = [
  { percent: 90, calm: 88, severity: 'warning', instanceOf: (folder: string) => folder },
  { percent: 97, calm: 95, severity: 'critical', instanceOf: (folder: string) => `${folder} (critical)` },
] as const;
const DISK_INTERVAL_MS = 60_000;
/** So many crashes of one actor within this time are more than bad luck. */
const CRASHES = 3;
const CRASH_WINDOW_MS = 600_000;

/** What keys of dead deliveries begin with. */
const DEAD = 'delivery_dead ';

export class SelfWatch {
  readonly #options: SelfWatchOptions;
  /** Deliveries that are dead and not told yet, by notifier. */
  readonly #dead = new Map<string, Delivery[]>();
  /** When each actor crashed lately, by its path. */
  readonly #crashes = new Map<string, readonly number[]>();
  /** What was told last of each condition. */
  readonly #told = new Map<string, 'raised' | 'cleared'>();
  /** How that was told, and of which conditions it was refused. */
  readonly #last = new Map<string, () => Promise<void>>();
  readonly #refused = new Set<string>();
  #cancel = (): void => {};

  constructor(options: SelfWatchOptions) {
    this.#options = options;
  }

  /** Begins to look, once a minute, at the disk and at what is calm again.
   *  @param raised what an earlier run raised and didn't take back */
  start(raised: readonly RaisedKey[] = []): void {
    for (const { rule, instance } of raised) {
      this.#told.set(`${rule} ${instance}`, 'raised');
      if (rule === 'hub_disk' && !this.#isMyDisk(instance))
        this.#clear(rule, instance, `The hub's database is not at ${instance} any more`);
      if (rule === 'actor_crashed') this.#crashes.set(instance, [this.#options.clock.mono()]);
    }
    this.#lookAndGoOn();
  }

  stop(): void {
    this.#cancel();
  }

  #isMyDisk(instance: string): boolean {
    const { folder } = this.#options;
    return folder !== null && DISK_LEVELS.some((level) => level.instanceOf(folder) === instance);
  }

  /** Takes note of what happened in the hub. */
  notice(event: HubEvent): void {
    if (event.type === 'delivery') this.#noticeDelivery(event.delivery);
    if (event.type === 'actor' && event.what === 'crashed') this.#noticeCrash(event.path, event.message);
  }

  /** One dead delivery is one page that nobody got: somebody else has to hear of it. */
  #noticeDelivery(delivery: Delivery): void {
    const { state, notifier } = delivery;
    if (state === 'dead') this.#noticeDead(delivery);
    if (state !== 'delivered') return;
    this.#dead.delete(notifier);
    this.#clear(
      'delivery_dead',
      notifier,
      `The notifier ${notifier} delivers again; what it could not deliver can be sent again`,
    );
  }

  #noticeDead(delivery: Delivery): void {
    const { notifier } = delivery;
    // what fires already says no more
    if (this.#told.get(`${DEAD}${notifier}`) === 'raised') return;
    const known = this.#dead.get(notifier);
    if (known === undefined) this.#dead.set(notifier, [delivery]);
    else known.push(delivery);
    if (known === undefined) void this.#tellDead(notifier);
  }

  /** Those of one message die together, and are told together. */
  async #tellDead(notifier: string): Promise<void> {
    await Promise.resolve();
    const dead = this.#dead.get(notifier) ?? [];
    const known = await Promise.all(
      dead.map(async ({ id, alertId }) => ({
        id,
        about: await this.#options.summaryOf(alertId).catch(() => null),
      })),
    );
    const [first, ...more] = known;
    // it was reached meanwhile
    if (first === undefined || this.#dead.get(notifier) !== dead) return;
    this.#dead.delete(notifier);
    this.#raise('delivery_dead', notifier, {
      severity: 'critical',
      summary: undeliveredText(notifier, [first, ...more], dead.at(-1)!.lastError),
      notifiers: this.#options.notifiers().filter((name) => name !== notifier),
    });
  }

  #noticeCrash(path: string, message: string): void {
    const now = this.#options.clock.mono();
    const times = [...this.#recentCrashes(path, now), now];
    this.#crashes.set(path, times);
    if (times.length < CRASHES) return;
    this.#raise('actor_crashed', path, {
      severity: 'warning',
      summary: `${path} crashed ${times.length} times within 10 minutes: ${message}`,
    });
  }

  #lookAndGoOn(): void {
    for (const key of [...this.#refused]) this.#tell(key, this.#last.get(key)!);
    void this.#look();
    this.#cancel = this.#options.clock.after(DISK_INTERVAL_MS, () => this.#lookAndGoOn());
  }

  async #look(): Promise<void> {
    this.#calmActors();
    this.#forgetNotifiers();
    const { folder, usedPercent = diskUsedPercent } = this.#options;
    const used = folder === null ? null : await usedPercent(folder);
    if (folder === null || used === null) return;
    for (const level of DISK_LEVELS) {
      const instance = level.instanceOf(folder);
      const text = `The hub's own disk at ${folder} is ${used} % full`;
      if (used < level.calm) this.#clear('hub_disk', instance, text);
      if (used < level.percent) continue;
      this.#raise('hub_disk', instance, {
        severity: level.severity,
        summary: `${text}; when it is full nothing is recorded. Make room, or lower storage.retention`,
        value: used,
        limit: level.percent,
        unit: '%',
      });
    }
  }

  /** Nobody will ever be told by a notifier that was taken out. */
  #forgetNotifiers(): void {
    for (const key of [...this.#told.keys()]) {
      const name = key.startsWith(DEAD) ? key.slice(DEAD.length) : null;
      if (name !== null && !this.#options.isNotifier(name))
        this.#clear('delivery_dead', name, `The notifier ${name} is not configured any more`);
    }
  }

  #calmActors(): void {
    const now = this.#options.clock.mono();
    for (const path of [...this.#crashes.keys()]) {
      if (this.#recentCrashes(path, now).length > 0) continue;
      this.#crashes.delete(path);
      this.#clear('actor_crashed', path, `${path} has not crashed for 10 minutes`);
    }
  }

  #recentCrashes(path: string, now: number): readonly number[] {
    return (this.#crashes.get(path) ?? []).filter((at) => at > now - CRASH_WINDOW_MS);
  }

  #raise(
    rule: RaisedKey['rule'],
    instance: string,
    given: { readonly severity: Severity; readonly summary: string } & Partial<RaisedCondition>,
  ): void {
    const key = `${rule} ${instance}`;
    this.#told.set(key, 'raised');
    const condition: RaisedCondition = {
      targetId: 'hub',
      targetName: 'Guardia',
      address: 'this hub',
      rule,
      instance,
      value: null,
      limit: null,
      unit: '',
      notifiers: this.#options.notifiers(),
      ...given,
    };
    this.#tell(key, () => this.#options.alarm.raise(condition));
  }

  #clear(rule: RaisedKey['rule'], instance: string, summary: string): void {
    const key = `${rule} ${instance}`;
    if (this.#told.get(key) !== 'raised') return;
    this.#told.set(key, 'cleared');
    this.#tell(key, () => this.#options.alarm.clear({ targetId: 'hub', rule, instance }, summary));
  }

  /** Whoever is told may be down for a moment, and says so itself: the next minute tells it again. */
  #tell(key: string, tell: () => Promise<void>): void {
    this.#last.set(key, tell);
    this.#refused.delete(key);
    tell().catch(() => {
      if (this.#last.get(key) === tell) this.#refused.add(key);
    });
  }
}

/** How full a disk is, of what ordinary programs may use; null where that can't be known. */
export async function diskUsedPercent(folder: string): Promise<number | null> {
  try {
    const { blocks, bfree, bavail } = await statfs(folder);
    const used = blocks - bfree;
    return used + bavail === 0 ? null : Math.ceil((100 * used) / (used + bavail));
  } catch {
    return null;
  }
}
