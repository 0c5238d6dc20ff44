// Watches the hub itself, and raises what it finds like everything else: a disk that fills, deliveries that are dead,
// actors that crash again and again. Writing that fails altogether is the emergency notice's.
import { statfs } from 'node:fs/promises';
import type { Clock } from '@guardia/kernel';
import type { HubEvent, Severity } from '@guardia/model';
import type { RaisedCondition, RaisedKey } from '../alerts/public.ts';

/** Where conditions are raised and taken back; neither rejects nor needs to be waited for. */
interface SelfAlarm {
  raise(condition: RaisedCondition): void;
  clear(key: RaisedKey, summary: string): void;
}

export interface SelfWatchOptions {
  readonly clock: Clock;
  readonly alarm: SelfAlarm;
  /** Folder of the hub's database; null: it keeps nothing on a disk of this machine. */
  readonly folder: string | null;
  /** Who is told: notifiers by name. */
  notifiers(): readonly string[];
  /** How full the disk of a folder is, in percent; null where that can't be known. @default as `df` has it */
  readonly usedPercent?: (folder: string) => Promise<number | null>;
}

/** Percent of the disk in use above which it is nearly full, and from which on it is very much so. */
const DISK_WARNING = 90;
const DISK_CRITICAL = 97;
/** Below this much it is well again, so that it doesn't go to and fro. */
const DISK_CALM = 88;
const DISK_INTERVAL_MS = 60_000;
/** So many crashes of one actor within this time are more than bad luck. */
const CRASHES = 3;
const CRASH_WINDOW_MS = 600_000;

export class SelfWatch {
  readonly #options: SelfWatchOptions;
  /** When each actor crashed lately, by its path. */
  readonly #crashes = new Map<string, readonly number[]>();
  /** What was told last of each condition. */
  readonly #told = new Map<string, 'raised' | 'cleared'>();
  #cancel = (): void => {};

  constructor(options: SelfWatchOptions) {
    this.#options = options;
  }

  /** Begins to look, once a minute, at the disk and at what is calm again.
   *  @param raised what an earlier run raised and didn't take back */
  start(raised: readonly RaisedKey[] = []): void {
    for (const { rule, instance } of raised) {
      this.#told.set(`${rule} ${instance}`, 'raised');
      if (rule === 'actor_crashed') this.#crashes.set(instance, [this.#options.clock.mono()]);
    }
    this.#lookAndGoOn();
  }

  stop(): void {
    this.#cancel();
  }

  /** Takes note of what happened in the hub. */
  notice(event: HubEvent): void {
    if (event.type === 'delivery') this.#noticeDelivery(event.delivery);
    if (event.type === 'actor' && event.what === 'crashed') this.#noticeCrash(event.path, event.message);
  }

  /** One dead delivery is one page that nobody got: somebody else has to hear of it. */
  #noticeDelivery({
    state,
    notifier,
    lastError,
  }: {
    state: string;
    notifier: string;
    lastError: string | null;
  }): void {
    if (state === 'dead') {
      const others = this.#options.notifiers().filter((name) => name !== notifier);
      this.#raise('delivery_dead', notifier, {
        severity: 'critical',
        summary: `A message to the notifier ${notifier} could not be delivered: ${lastError ?? 'no reason known'}. It is listed under deliveries and can be sent again`,
        notifiers: others,
      });
    }
    if (state === 'delivered')
      this.#clear('delivery_dead', notifier, `The notifier ${notifier} can be reached again`);
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
    void this.#look();
    this.#cancel = this.#options.clock.after(DISK_INTERVAL_MS, () => this.#lookAndGoOn());
  }

  async #look(): Promise<void> {
    this.#calmActors();
    const { folder, usedPercent = diskUsedPercent } = this.#options;
    const used = folder === null ? null : await usedPercent(folder);
    if (folder === null || used === null) return;
    if (used >= DISK_WARNING) this.#raiseDisk(folder, used);
    else if (used < DISK_CALM)
      this.#clear('hub_disk', folder, `The hub's disk at ${folder} is ${used} % full`);
  }

  #raiseDisk(folder: string, used: number): void {
    this.#raise('hub_disk', folder, {
      severity: used >= DISK_CRITICAL ? 'critical' : 'warning',
      summary: `The hub's own disk at ${folder} is ${used} % full; when it is full nothing is recorded. Make room, or lower storage.retention`,
      value: used,
      limit: DISK_WARNING,
      unit: '%',
    });
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
    this.#told.set(`${rule} ${instance}`, 'raised');
    this.#options.alarm.raise({
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
    });
  }

  #clear(rule: RaisedKey['rule'], instance: string, summary: string): void {
    const key = `${rule} ${instance}`;
    if (this.#told.get(key) !== 'raised') return;
    this.#told.set(key, 'cleared');
    this.#options.alarm.clear({ targetId: 'hub', rule, instance }, summary);
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
