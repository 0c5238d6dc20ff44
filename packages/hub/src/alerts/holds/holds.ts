// Why an alert's deliveries wait, if they do: a mute, a silence, a maintenance, or a parent that fails too. State goes
// on meanwhile; when to ask again, and what becomes of what waited, is the engine's.
import type { Alert, AlertMatch, EpochMs, Hold, MaintenanceConfig, TargetId } from '@guardia/model';
import type { AlertTarget } from '../public.ts';
import { MaintenanceWindow } from './maintenance.ts';
import { compileMatch, compileTargetMatch, type Matched } from './matching.ts';
import type { StoredSilences } from './silences.ts';

interface Maintenance {
  readonly name: string;
  readonly window: MaintenanceWindow;
  readonly isMeant: (alert: Matched) => boolean;
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
    }));
  }

  /** Whether an alert of this target can be meant. */
  means(match: AlertMatch, targetId: TargetId): boolean {
    const target = this.#targets.get(targetId);
    return target !== undefined && compileTargetMatch(match)(target);
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
