// What people hear of a service on its way between UP, DEGRADED and DOWN. What a single outcome says to a single rule is
// service-alerts.test.ts's.
import type { CheckStatus } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Judge } from '../judge.ts';
import type { AlertTarget, TargetRule } from '../public.ts';
import type { Change } from '../record.ts';
import { toldNotifiers } from '../store.ts';
import { runAlerts } from '../test/hub.ts';
import { until } from '../test/kit.ts';
import { RecordingNotifier } from '../test/notifiers.ts';
import { check, NOTHING_STORED, target, USAGE_RULE } from '../test/observations.ts';

const MINUTE_MS = 60_000;

type Policy = Partial<TargetRule>;

/** A service with the rules that a configuration makes of it. */
function shop(policy: Policy = {}): AlertTarget {
  const rules = (['service_down', 'service_degraded'] as const).map((rule) => ({
    ...USAGE_RULE,
    limit: null,
    ...policy,
    rule,
  }));
  return { ...target('svc_a', rules), name: 'shop' };
}

const outcome = (status: CheckStatus, at: number) =>
  check(
    { targetId: 'svc_a', at, status, errorMessage: status === 'degraded' ? 'slow' : null },
    status === 'degraded' ? 'expectation' : null,
  );

const STATUS: Readonly<Record<string, CheckStatus>> = { U: 'up', G: 'degraded', D: 'down', '?': 'unknown' };

/** What is told after each check of a service that is checked once a minute. @param letters a status each */
function told(letters: string, policy: Policy): readonly (readonly Change[])[] {
  const judge = new Judge(NOTHING_STORED);
  judge.configure([shop(policy)], 0);
  return [...letters].map((letter, index) => {
    const at = (index + 1) * MINUTE_MS;
    const found = judge.observe(outcome(STATUS[letter]!, at));
    // all that was told has left
    for (const { effect, record } of found)
      if (effect === 'recalled')
        judge.recalled({ alert: record.alert, isHeld: false, isTold: true, nags: [] });
    const changes = [...found, ...judge.tick(at + 5_000)];
    return changes.filter((change) => toldNotifiers(change).length > 0);
  });
}

function words({ effect, record: { alert } }: Change): string {
  const kind = alert.state === 'resolved' ? 'over: ' : effect === 'nagged' ? 'again: ' : '';
  return `${kind}${alert.summary}`;
}

const DEGRADED = 'shop is degraded: slow';
const DOWN = 'shop is down';
const ANSWERS = 'over: shop answers again, but is degraded: slow';
const UP = 'over: shop is up again';
const NOT_DEGRADED = 'over: shop is no longer degraded';

describe('rules 6, 14: one page per state, whichever way a service goes', () => {
  test.each([
    ['UGDU', 0, [DEGRADED, DOWN, [UP, NOT_DEGRADED]]],
    ['UGDU', 1, [DEGRADED, DOWN, [UP, NOT_DEGRADED]]],
    ['UGGGDDDU', 3, [DEGRADED, DOWN, [UP, NOT_DEGRADED]]],
    ['GDGU', 0, [DEGRADED, DOWN, ANSWERS, NOT_DEGRADED]],
    ['GDGU', 1, [DEGRADED, DOWN, ANSWERS, NOT_DEGRADED]],
    ['GGGDDDGGGU', 3, [DEGRADED, DOWN, ANSWERS, NOT_DEGRADED]],
    ['UDGU', 0, [DOWN, [ANSWERS, DEGRADED], NOT_DEGRADED]],
    ['UDGU', 1, [DOWN, [ANSWERS, DEGRADED], NOT_DEGRADED]],
    ['UDDDGGGU', 3, [DOWN, ANSWERS, DEGRADED, NOT_DEGRADED]],
    // too short for a page of its own: the end of DOWN is all that is told
    ['UDDDGU', 3, [DOWN, ANSWERS]],
    ['UGGDDUGGU', 3, []],
  ])('%s with grace %i', (letters, grace, expected) => {
    const heard = told(letters, { grace }).filter((changes) => changes.length > 0);
    expect(heard.map((changes) => changes.map(words))).toEqual(expected.map((each) => [each].flat()));
  });

  test('rule 18: those of one check leave as one message', async () => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops], targets: [shop()] });
    const policy = { groupWaitMs: 5_000, groupBy: ['group'], maxPerMinute: null } as const;
    await hub.setNotifiers([ops], new Map([['ops', policy]]));
    for (const [index, status] of (['down', 'degraded', 'down', 'up'] as const).entries()) {
      await hub.ingest.observe(outcome(status, hub.clock.wall()));
      await until(async () => {
        await hub.clock.advance(1_000);
        return ops.messages.length > index;
      });
    }
    const heard = ops.messages.map(({ notices }) =>
      notices.map(({ kind, alert }) => `${kind} ${alert.rule}`).sort(),
    );
    expect(heard).toEqual([
      ['firing service_down'],
      ['firing service_degraded', 'resolved service_down'],
      ['firing service_down'],
      ['resolved service_degraded', 'resolved service_down'],
    ]);
  });
});

describe('rules 10, 13, 14: while a service is down nothing is told of its being degraded', () => {
  const heard = (letters: string, policy: Policy) => told(letters, policy).map((each) => each.map(words));

  test.each([
    ['and is up again', 'up', ['resolved service_down']],
    ['and answers again, but is degraded', 'degraded', ['firing service_degraded', 'resolved service_down']],
  ] as const)('no beginning that waits for its group when it goes down %s', async (_, status, ends) => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops], targets: [shop()] });
    const policy = { groupWaitMs: 5_000, groupBy: ['group'], maxPerMinute: null } as const;
    await hub.setNotifiers([ops], new Map([['ops', policy]]));
    const message = async (count: number) => {
      await until(async () => {
        await hub.clock.advance(1_000);
        return ops.messages.length === count;
      });
      return ops.messages
        .at(-1)!
        .notices.map(({ kind, alert }) => `${kind} ${alert.rule}`)
        .sort();
    };
    await hub.ingest.observe(outcome('degraded', hub.clock.wall()));
    await hub.ingest.observe(outcome('down', hub.clock.wall()));
    expect(await message(1)).toEqual(['firing service_down']);
    await hub.ingest.observe(outcome(status, hub.clock.wall()));
    expect(await message(2)).toEqual(ends);
    await hub.ingest.observe(outcome('up', hub.clock.wall()));
    await hub.clock.advance(60_000);
    const begun = (state: string) =>
      ops.messages.flatMap(({ notices }) => notices).filter(({ kind }) => kind === state).length;
    await until(() => begun('firing') === begun('resolved'));
  });

  test('no reminder', () => {
    expect(heard('GGDDU', { repeatMs: MINUTE_MS })).toEqual([
      [DEGRADED],
      [`again: ${DEGRADED}`],
      [DOWN],
      [`again: ${DOWN}`],
      [UP, NOT_DEGRADED],
    ]);
  });

  test('no escalation, which comes once the service answers and is degraded still', () => {
    const escalation = [{ afterMs: MINUTE_MS, alert: ['boss'] }];
    const changes = told('GDG', { escalation });
    expect(changes.map((each) => each.flatMap(toldNotifiers))).toEqual([['ops'], ['ops'], ['ops', 'boss']]);
  });

  test('no beginning before DOWN is over, which takes several passes', () => {
    expect(heard('DGGG', { recoverAfter: 3 })).toEqual([[DOWN], [], [], [ANSWERS, DEGRADED]]);
    expect(heard('DGUUUU', { recoverAfter: 3 })).toEqual([[DOWN], [], [], [UP], [], []]);
  });

  test('no end before that of DOWN', () => {
    expect(heard('GUDUU', { recoverAfter: 2 })).toEqual([[DEGRADED], [], [DOWN], [], [UP, NOT_DEGRADED]]);
  });

  test('whatever happens, and every page has its one end', () => {
    const policies = fc.record({
      grace: fc.nat(3),
      recoverAfter: fc.integer({ min: 1, max: 3 }),
      repeatMs: fc.constantFrom(null, MINUTE_MS),
    });
    const walk = fc.string({ unit: fc.constantFrom(...Object.keys(STATUS)), maxLength: 40 });
    fc.assert(
      fc.property(walk, policies, (letters, policy) => {
        const open = new Set<string>();
        // long enough for all to be over, and calm
        for (const { effect, record } of told(`${letters}${'U'.repeat(15)}`, policy).flat()) {
          const { rule, instance, state } = record.alert;
          expect(rule === 'service_degraded' && open.has('service_down')).toBe(false);
          // both may flap
          const key = `${rule} ${instance}`.trim();
          if (effect !== 'nagged') expect(open.has(key)).toBe(state === 'resolved');
          if (state === 'resolved') open.delete(key);
          else open.add(key);
        }
        expect([...open]).toEqual([]);
      }),
    );
  });
});
