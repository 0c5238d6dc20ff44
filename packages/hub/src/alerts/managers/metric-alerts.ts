// The manager of what servers and exporters report, or fail to: limits on values, and whether the target can be
// reached. Where values stand in a frame belongs to ../rules.
import type { Frame } from '@guardia/model';
import type { Verdict } from '../life.ts';
import type { Observation, TargetRule } from '../public.ts';
import { visitValues } from '../rules/frame-values.ts';
import { PositionCache } from '../rules/positions.ts';
import { type AlertManager, type FindingSink, plain } from './manager.ts';

type Seen = Extract<Observation, { type: 'frame' | 'unreachable' }>;

export class MetricAlerts implements AlertManager<Seen> {
  readonly #positions = new PositionCache();

  visit(seen: Seen, rules: readonly TargetRule[], sink: FindingSink): void {
    for (const rule of rules) {
      if (rule.rule === 'unreachable') visitReach(seen, rule, sink);
      else if (seen.type === 'frame') this.#visitLimit(seen.frame, rule, sink);
    }
  }

  /** Every rule of every frame comes through here: while all is well nothing is made. */
  #visitLimit({ layout, values }: Frame, rule: TargetRule, sink: FindingSink): void {
    const { limit, recover } = rule;
    if (limit === null) return;
    visitValues(rule, this.#positions.of(layout), values, (instance, value) => {
      if (value > limit || sink.wantsPasses) {
        sink.found(rule, { instance, verdict: verdictOn(value, limit, recover), value, detail: null });
      }
    });
  }
}

/** Any frame is the proof that its target can be reached. */
function visitReach(seen: Seen, rule: TargetRule, sink: FindingSink): void {
  if (seen.type === 'unreachable') {
    sink.found(rule, plain(seen.known === false ? 'unknown' : 'violation', seen.error));
  } else if (sink.wantsPasses) {
    sink.found(rule, plain('pass', null));
  }
}

/** Hysteresis: between `recover` and the limit a value says nothing. */
function verdictOn(value: number, limit: number, recover = limit): Verdict {
  if (value > limit) return 'violation';
  return value <= recover ? 'pass' : 'unknown';
}
