// What other domains may know of service checks: the services, the state of each, and a way to check one now.
import type { CheckOutcome, CheckStatus, TargetId } from '@guardia/model';

export interface ServiceView {
  readonly id: TargetId;
  readonly name: string;
  readonly url: string;
  readonly type: string;
  readonly owner: 'file' | 'api';
  readonly intervalMs: number;
  /** Status of the last check; `unknown` before the first. */
  readonly status: CheckStatus;
  readonly lastCheck: CheckOutcome | null;
}

export interface Services {
  list(): readonly ServiceView[];
  /** By internal id or by name. */
  find(idOrName: string): ServiceView | undefined;
  /** Checks at once, or joins the check that is under way. */
  checkNow(id: TargetId): Promise<CheckOutcome>;
}
