// Why an alert's deliveries wait, if they do: a mute, a silence, a maintenance, or a parent that fails too. State goes
// on meanwhile; when to ask again, and what becomes of what waited, is the engine's.
import { setImmediate } from 'node:timers/promises';
import type { Alert, EpochMs, Hold, MaintenanceConfig, TargetId } from '@guardia/model';
import type { AlertTarget } from '../public.ts';
import { type Interval, MaintenanceWindow } from './maintenance.ts';
import { compileMatch, type Matched } from './matching.ts';
import type { PlannedWork } from './public.ts';
import type { StoredSilences } from './silences.ts';

/** Windows looked up between two turns of others: a few milliseconds. */
const WINDOWS_PER_TURN = 25;

interface Maintenance {
  readonly name: string;
  readonly window: MaintenanceWindow;
  readonly isMeant: (alert: Matched) => boolean;
  /** False: only some alerts of its targets are meant, so that it says nothing of the targets themselves. */
  readonly isOfTargets: boolean;
}

/** Whether a target can't be reached or is down: its dependents are then quiet. */
export type ParentTrouble = (targetId: TargetId) => boolean;

export interface HoldsDeps {
  readonly silences: StoredSilences;
  readonly wall: () => EpochMs;
}

export class Holds {
  readonly #deps: HoldsDeps;
  #maintenance: readonly Maintenance[] = [];
  #targets: ReadonlyMap<TargetId, AlertTarget> = new Map();

  constructor(deps: HoldsDeps) {
    this.#deps = deps;
  }

  configure(targets: readonly AlertTarget[], maintenance: readonly MaintenanceConfig[]): void {
    this.#targets = new Map(targets.map((target) => [target.id, target]));
    this.#maintenance = maintenance.map((config) => ({
      name: config.name,
      window: new MaintenanceWindow(config),
      isMeant: compileMatch(config.match),
      isOfTargets: !['rule', 'instance', 'severity'].some((key) => key in config.match),
    }));
  }

  /** See {@link PlannedWork}. Windows of maintenance; silences are no plan. */
  readonly planned: PlannedWork = async (targetId, range, most = Number.POSITIVE_INFINITY) => {
    const found: Interval[] = [];
    for (const window of this.#windowsOf(targetId, range)) {
      if (found.length === most) break;
      found.push(window);
      // cron takes its time: years of it would hold up checks
      if (found.length % WINDOWS_PER_TURN === 0) await setImmediate();
    }
    return found.sort((a, b) => a.start - b.start);
  };

  *#windowsOf(targetId: TargetId, range: Interval): Generator<Interval, void> {
    const target = this.#targets.get(targetId);
    if (target === undefined) return;
    const { name: targetName, group, tags } = target;
    const subject = {
      targetId,
      targetName,
      group,
      tags,
      rule: 'service_down',
      instance: '',
      severity: 'critical',
    } as const;
    for (const { isOfTargets, isMeant, window } of this.#maintenance) {
      if (isOfTargets && isMeant(subject)) yield* window.within(range);
    }
  }

  /** Why this alert is not told now; null when it is. A parent outweighs what people planned, since it names the cause. */
  of(alert: Alert, isTroubled: ParentTrouble): Hold | null {
    return this.#parent(alert, isTroubled) ?? this.#planned(alert);
  }

  #parent({ targetId }: Alert, isTroubled: ParentTrouble): Hold | null {
    const cause = this.#troubledAncestor(targetId, isTroubled);
    return cause === null ? null : { reason: 'parent', by: this.#targets.get(cause)?.name ?? cause };
  }

  /** The nearest that is in trouble, breadth first; the configuration has no cycles. */
  #troubledAncestor(targetId: TargetId, isTroubled: ParentTrouble): TargetId | null {
    const waiting = [...(this.#targets.get(targetId)?.dependsOn ?? [])];
    const seen = new Set<TargetId>();
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (isTroubled(next)) return next;
      waiting.push(...(this.#targets.get(next)?.dependsOn ?? []));
    }
    return null;
  }

  #planned(alert: Alert): Hold | null {
    const silence = this.#deps.silences.holding(alert);
    if (silence?.kind === 'mute') return { reason: 'mute', by: '' };
    if (silence !== null) return { reason: 'silence', by: silence.id };
    const now = this.#deps.wall();
    const maintenance = this.#maintenance.find(({ window, isMeant }) => window.isOpen(now) && isMeant(alert));
    return maintenance === undefined ? null : { reason: 'maintenance', by: maintenance.name };
  }
}
