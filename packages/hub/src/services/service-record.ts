// What is known of one service in this run: its monitor writes it, everyone else reads it as a ServiceView.
import type {
  CheckOutcome,
  CheckStatus,
  CheckType,
  FrameLayout,
  SampleKey,
  ServiceConfig,
  SloConfig,
  TargetId,
} from '@guardia/model';
import { type Circumstances, checkedOf, readingsOf } from './checked.ts';
import type { Located } from './combine.ts';
import type { Checked, ServiceView } from './public.ts';

const NO_SAMPLES: FrameLayout = { keys: [] };

export class ServiceRecord implements ServiceView {
  readonly id: TargetId;
  readonly owner = 'file';
  /** When its silence began, on the monotonic clock: with the last report, or with the watch over it. */
  quietSinceMono: number;
  config: ServiceConfig;
  #last: Checked | null = null;

  constructor(id: TargetId, config: ServiceConfig, nowMono: number) {
    this.id = id;
    this.config = config;
    this.quietSinceMono = nowMono;
  }

  get name(): string {
    return this.config.name;
  }

  get address(): string {
    return this.config.address;
  }

  get type(): CheckType {
    return this.config.check.type;
  }

  get group(): string {
    return this.config.group ?? '';
  }

  get tags(): readonly string[] {
    return this.config.tags;
  }

  get intervalMs(): number {
    return this.config.intervalMs;
  }

  get speaksForMs(): number {
    const { check, intervalMs } = this.config;
    return Math.max(2 * intervalMs, check.type === 'push' ? intervalMs + check.graceMs : 0);
  }

  get slo(): SloConfig | null {
    return this.config.slo;
  }

  get status(): CheckStatus {
    return this.lastCheck?.status ?? 'unknown';
  }

  get lastCheck(): CheckOutcome | null {
    return this.#last?.outcome ?? null;
  }

  get located(): readonly CheckOutcome[] {
    return this.#last?.located ?? [];
  }

  get readings(): Readonly<Record<SampleKey, number>> {
    return this.#last === null ? {} : readingsOf(this.#last.frame);
  }

  /** Takes what was found as the newest of it.
   *  @param config as of when it was asked */
  take(found: readonly Located[], { quorum }: ServiceConfig, time: Circumstances): Checked {
    const layout = this.#last?.frame.layout ?? NO_SAMPLES;
    this.#last = checkedOf(this.id, { found, quorum }, time, layout);
    return this.#last;
  }
}
