// What outcomes of checks mean: each status to each rule, and what is said of it.
import type { CheckOutcome, CheckStatus } from '@guardia/model';
import { describe, expect, test } from 'vitest';
import { Judge } from '../judge.ts';
import type { TargetRule } from '../public.ts';
import { NOTHING_STORED, USAGE_RULE, check, target } from '../test/observations.ts';
import type { Finding } from './manager.ts';
import { serviceAlerts } from './service-alerts.ts';

const rule = (name: TargetRule['rule'], over: Partial<TargetRule> = {}): TargetRule => ({
  ...USAGE_RULE,
  rule: name,
  limit: null,
  ...over,
});

const CERT = rule('cert_expiry', { limit: 14 });
const ALL = [rule('service_down'), rule('service_degraded'), rule('check_unknown'), CERT];

function verdicts(
  outcome: Partial<CheckOutcome> & { status: CheckStatus },
  degradedBy?: 'certificate' | 'expectation',
) {
  const found: [string, Finding][] = [];
  const seen = check({ targetId: 'svc_a', at: 1, ...outcome }, degradedBy);
  serviceAlerts.visit(seen, ALL, {
    wantsPasses: true,
    found: ({ rule }, finding) => found.push([rule, finding]),
  });
  return Object.fromEntries(found.map(([name, { verdict }]) => [name, verdict]));
}

/** A service on the judge: the changes of each outcome in words. */
function service(rules: readonly TargetRule[]) {
  const judge = new Judge(NOTHING_STORED);
  judge.configure([{ ...target('svc_a', rules), name: 'shop' }], 0);
  let at = 1;
  return (
    status: CheckStatus,
    degradedBy?: 'certificate' | 'expectation',
    over: Partial<CheckOutcome> = {},
  ) =>
    judge
      .observe(check({ targetId: 'svc_a', at: at++, status, ...over }, degradedBy))
      .map(({ effect, record: { alert } }) => `${effect} ${alert.rule}: ${alert.summary}`);
}

describe('outcomes of checks', () => {
  test('rules 1, 2: what each status says to each rule', () => {
    expect(verdicts({ status: 'up' })).toEqual({
      service_down: 'pass',
      service_degraded: 'pass',
      check_unknown: 'pass',
    });
    expect(verdicts({ status: 'degraded' }, 'expectation')).toEqual({
      service_down: 'pass',
      service_degraded: 'violation',
      check_unknown: 'pass',
    });
    expect(verdicts({ status: 'down' })).toEqual({
      service_down: 'violation',
      service_degraded: 'unknown',
      check_unknown: 'pass',
    });
    expect(verdicts({ status: 'unknown' })).toEqual({
      service_down: 'unknown',
      service_degraded: 'unknown',
      check_unknown: 'violation',
    });
  });

  test('a certificate near its end is no degraded service, and has a rule of its own', () => {
    expect(verdicts({ status: 'degraded', sslExpiryDays: 13 }, 'certificate')).toEqual({
      service_down: 'pass',
      service_degraded: 'pass',
      check_unknown: 'pass',
      cert_expiry: 'violation',
    });
    expect(verdicts({ status: 'up', sslExpiryDays: 14 })).toMatchObject({ cert_expiry: 'pass' });
    expect(verdicts({ status: 'down', sslExpiryDays: -3 })).toMatchObject({ cert_expiry: 'violation' });
    expect(verdicts({ status: 'up', sslExpiryDays: 36_500 })).toMatchObject({ cert_expiry: 'pass' });
  });

  test('a service that is down says nothing of its certificate', () => {
    const observe = service([CERT]);
    expect(observe('degraded', 'certificate', { sslExpiryDays: 5 })).toEqual([
      'fired cert_expiry: certificate of shop ends in 5 days; it should last 14 days',
    ]);
    expect(observe('down')).toEqual([]);
    expect(observe('up', undefined, { sslExpiryDays: 90 })).toEqual([
      'resolved cert_expiry: certificate of shop is good for another 90 days',
    ]);
  });

  test('service DOWN never delivered when grace was above 1: the third of three is told', () => {
    const observe = service([rule('service_down', { grace: 3 })]);
    expect([observe('down'), observe('down'), observe('down')].flat()).toEqual([
      'counted service_down: shop is down: is down',
      'counted service_down: shop is down: is down',
      'fired service_down: shop is down: is down',
    ]);
  });

  test('DOWN to DEGRADED silent: the end of the one and the beginning of the other are told', () => {
    const observe = service([rule('service_down'), rule('service_degraded')]);
    observe('down');
    expect(observe('degraded', 'expectation')).toEqual([
      'resolved service_down: shop answers again, but is degraded: is degraded',
      'fired service_degraded: shop is degraded: is degraded',
    ]);
    expect(observe('down')).toEqual([
      'fired service_down: shop is down: is down',
      'recalled service_degraded: shop is degraded: is degraded',
    ]);
    expect(observe('up')).toEqual([
      'resolved service_down: shop is up again',
      'resolved service_degraded: shop is no longer degraded',
    ]);
  });
});
