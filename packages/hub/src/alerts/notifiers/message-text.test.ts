import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMessage, anyText, groupMessageOf, messageOf, noticeOf } from './conformance.ts';
import { bodyText, cut, footer, headline, lines, oneLine, ruleTitle, toneOf } from './message-text.ts';

describe('a headline', () => {
  test.each([
    ['firing', 'High CPU usage: web-1'],
    ['resolved', 'Recovered: High CPU usage: web-1'],
    ['reminder', 'Reminder: High CPU usage: web-1'],
    ['escalation', 'Escalated: High CPU usage: web-1'],
    ['test', 'Test message: web-1'],
  ] as const)('of one notice that is %s', (kind, expected) => {
    expect(headline(messageOf(noticeOf({ notice: { kind } })))).toBe(expected);
  });

  test('of several counts what fires and what is over, and names the first targets', () => {
    const notice = (targetName: string, kind: 'firing' | 'resolved' | 'test' = 'firing') =>
      noticeOf({ notice: { kind }, alert: { targetName } });
    const [first, ...more] = ['web-1', 'web-2', 'web-3'].map((name) => notice(name));
    expect(headline(messageOf(first, ...more, notice('web-4', 'resolved')))).toBe(
      '3 alerts, 1 recovered: web-1, web-2 and 2 more',
    );
    expect(headline(messageOf(notice('web-1'), notice('web-1', 'resolved')))).toBe(
      '1 alert, 1 recovered: web-1',
    );
    expect(headline(messageOf(notice('a', 'test'), notice('b', 'test')))).toBe('2 tests: a, b');
  });
});

test.each([
  ['service_degraded', 'Service degraded'],
  ['custom:backup_failed', 'Backup failed'],
  ['custom:zfs.pool-full', 'Zfs pool full'],
  ['custom:', 'Alert'],
  [`custom:${'x'.repeat(99)}`, `X${'x'.repeat(58)}…`],
] as const)('the rule %s is called %s', (rule, title) => {
  expect(ruleTitle(rule)).toBe(title);
});

describe('lines', () => {
  test('of one notice are its summary and its details', () => {
    const alert = { instance: '/srv', value: 97.26, limit: null, resolvedAt: 1_767_323_045_000 };
    expect(lines(messageOf(noticeOf({ alert })), 1_000)).toEqual([
      'web-1: CPU 97.3 %, limit 90 %',
      'Address: 10.0.0.5:51243',
      'Where: /srv',
      'Value: 97.3 %',
      'Since: 2026-01-02 03:03:55 UTC',
      'Recovered: 2026-01-02 03:04:05 UTC',
    ]);
  });

  test('rule 18: of several are one each, and how many more there are', () => {
    const message = groupMessageOf(4);
    const line = (i: number) => `CPU usage of host-0${i} is 97.3 %, limit 90 %`;
    expect(lines(message, 1_000)).toEqual([line(1), line(2), line(3), line(4)]);
    expect(lines(message, 4 * line(1).length + 3)).toHaveLength(4);
    expect(lines(message, 4 * line(1).length + 2)).toEqual([line(1), line(2), line(3), 'and 1 more']);
  });

  test('rule 18: fit, and account for every notice, whatever is told', () => {
    const harmless = (text: string) => text.replace(/[&<\\]/g, '\\$&$&$&$&');
    fc.assert(
      fc.property(anyMessage, fc.integer({ min: 100, max: 5_000 }), (message, max) => {
        const shown = lines(message, max, { escape: harmless, lengthOf: Buffer.byteLength });
        expect(Buffer.byteLength(shown.join('\n'))).toBeLessThanOrEqual(max);
        if (message.notices.length === 1) return;
        const more = /^and (\d+) more$/.exec(shown.at(-1)!)?.[1];
        expect(more === undefined ? shown.length : shown.length - 1 + Number(more)).toBe(
          message.notices.length,
        );
      }),
    );
  });
});

test('a body text ends in the footer, by which repeats are known', () => {
  const message = messageOf(
    noticeOf({ alert: { severity: 'info' } }),
    noticeOf({ alert: { severity: 'critical' } }),
  );
  expect(footer(message)).toBe('Guardia, critical, grp_abc');
  expect(bodyText(message, 1_000)).toMatch(/\n\nGuardia, critical, grp_abc$/);
});

test('a message is as loud as the worst that still fires', () => {
  const notice = (kind: 'firing' | 'resolved' | 'test', severity: 'info' | 'critical') =>
    noticeOf({ notice: { kind }, alert: { severity } });
  expect(toneOf(messageOf(notice('resolved', 'critical'), notice('firing', 'info')))).toBe('info');
  expect(toneOf(messageOf(notice('resolved', 'critical')))).toBe('resolved');
  expect(toneOf(messageOf(notice('test', 'critical')))).toBe('test');
});

test('a text on one line has no control characters and can be seen', () => {
  expect(['a\r\nb\tc', '\u0000', '', ' \u200b ', 'a\ud800'].map(oneLine)).toEqual([
    'a b c',
    '-',
    '-',
    '-',
    'a\ufffd',
  ]);
});

test('a text that turns the direction of reading does not turn the words around it', () => {
  const targetName = 'web\u202e1\u2066';
  const message = messageOf(noticeOf({ alert: { targetName, summary: `${targetName} is down` } }));
  expect([headline(message), lines(message, 1_000)[0]]).toEqual(['High CPU usage: web1', 'web1 is down']);
  expect(oneLine('שלום \u200fweb-1')).toBe('שלום \u200fweb-1');
});

test('a text is cut to the longest start that fits', () => {
  expect([cut('a😀😀b', 3), cut('abc', 3), cut('ééé', 5, Buffer.byteLength)]).toEqual(['a😀…', 'abc', 'é…']);
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 300 }), (text, max) => {
      const short = cut(text, max);
      expect([...short].length).toBe(Math.min(max, [...text].length));
      expect(text.startsWith(short.replace(/…$/, ''))).toBe(true);
    }),
  );
});
