// What is known of one service in this run: its monitor writes it, everyone else reads it as a ServiceView.
import type { CheckOutcome, CheckStatus, ServiceConfig, TargetId } from '@guardia/model';
import type { ServiceView } from './public.ts';

export class ServiceRecord implements ServiceView {
  readonly id: TargetId;
  readonly owner = 'file';
  config: ServiceConfig;
  lastCheck: CheckOutcome | null = null;

  constructor(id: TargetId, config: ServiceConfig) {
    this.id = id;
    this.config = config;
  }

  get name(): string {
    return this.config.name;
  }

  get url(): string {
    return this.config.url;
  }

  get type(): string {
    return this.config.type;
  }

  get intervalMs(): number {
    return this.config.intervalMs;
  }

  get status(): CheckStatus {
    return this.lastCheck?.status ?? 'unknown';
  }
}
