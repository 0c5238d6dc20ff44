// When a condition fires, whom it tells, and when it is told again, as people write it. Merging with defaults is
// resolve-policy.ts's.
import { z } from 'zod';
import { notifierSchema } from './schema-notifiers.ts';
import * as kinds from './schema-values.ts';
import { countWindow } from './schema-values-check.ts';

const MINUTE_MS = 60_000;
const MONTH_MS = 30 * 86_400_000;

const alert = z.union([kinds.name(), kinds.list(kinds.name(), 'a list of names'), notifierSchema], {
  error: 'must be the name of a notifier, a list of names, or one notifier',
});

const escalationStep = kinds.section({
  after: kinds
    .duration({ min: MINUTE_MS, max: MONTH_MS })
    .describe('How long after it fired, while nobody has acknowledged it.'),
  alert: alert.describe('Who is told then: a name, a list of names, or one notifier in place.'),
});

/** Keys of everything that can fire. */
export const policy = {
  grace: kinds
    .wholeNumber({ min: 0, max: 10_000 })
    .optional()
    .describe('The n-th consecutive violation fires; 0 and 1 both fire at once.'),
  window: countWindow()
    .optional()
    .describe('Instead of grace: 3 of 5 fires when three of the last five are violations.'),
  recover_after: kinds
    .wholeNumber({ min: 1, max: 10_000 })
    .optional()
    .describe('So many passes in a row end it. Default: 1.'),
  alert: alert
    .optional()
    .describe('Who is told: the name of a notifier, a list of names, or one notifier in place.'),
  severity: kinds.oneOf(['info', 'warning', 'critical']).optional().describe('How bad it is.'),
  repeat: kinds
    .duration({ min: MINUTE_MS, max: MONTH_MS })
    .optional()
    .describe('Told again after each such time, while it fires unacknowledged. Default: told once.'),
  escalation: kinds
    .list(escalationStep, 'a list of steps with after and alert')
    .optional()
    .describe('Who else is told while nobody has acknowledged it.'),
};

export type AlertInput = z.output<typeof alert>;

const whole = kinds.section(policy);

export type PolicyInput = z.output<typeof whole>;
