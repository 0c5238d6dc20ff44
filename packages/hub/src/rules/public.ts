// What the rules domain is given of the rest of the hub: rules, targets and how each is doing. Which targets there are, and
// what state they are in, is known to their own domains.
import type { CheckStatus, RuleConfig, RuleScope, ServerHealth, TargetId } from '@guardia/model';

/** How a target is doing, as its collector or monitor sees it. */
export type TargetState = ServerHealth | CheckStatus;

/** A target that rules may be about. */
export interface RuleTarget {
  readonly id: TargetId;
  readonly kind: NonNullable<RuleScope['kind']>;
  /** For people. */
  readonly name: string;
  /** All that it may be called: id, alias, name. */
  readonly names: readonly string[];
  readonly address: string;
  /** Empty: none. */
  readonly group: string;
  readonly tags: readonly string[];
}

/** What is configured. Another object whenever that changed. */
export interface Watched {
  readonly rules: readonly RuleConfig[];
  readonly targets: readonly RuleTarget[];
}
