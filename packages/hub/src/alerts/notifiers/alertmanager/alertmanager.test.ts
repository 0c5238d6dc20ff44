import { systemClock } from '@guardia/kernel';
import type { AlertmanagerNotifierConfig } from '@guardia/model';
import fc from 'fast-check';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { messageOf, noticeOf, notifierConformance } from '../conformance.ts';
import type { Notice } from '../notifier.ts';
import { createAlertmanagerNotifier } from './alertmanager.ts';
import { alertmanagerAlerts } from './alertmanager-alerts.ts';
import { alertmanagerIsMissing, startAlertmanager } from './test/alertmanager-server.ts';

function configOf(url: string): AlertmanagerNotifierConfig {
  return {
    type: 'alertmanager',
    name: 'am',
    groupWaitMs: 0,
    groupBy: [],
    maxPerMinute: null,
    url,
    labels: { team: 'ops' },
  };
}

notifierConformance('alertmanager', (url, deps) => createAlertmanagerNotifier(configOf(url), deps), {
  target: (path, query) => `${path}/api/v2/alerts${query}`,
  // An Alertmanager has no limit of its own; a hundred endless texts are what this suite sends.
  maxBodyBytes: 4_194_304,
});

test('an alert is known by its labels, and Guardia’s own win', () => {
  const [alert] = alertmanagerAlerts(messageOf(noticeOf({ alert: { instance: '/srv' } })), {
    team: 'ops',
    alertname: 'mine',
  });
  expect(alert).toEqual({
    labels: {
      team: 'ops',
      alertname: 'usage',
      instance: '/srv',
      target: 'web-1',
      target_id: 'srv_abc',
      severity: 'warning',
    },
    annotations: {
      title: 'High CPU usage',
      summary: 'web-1: CPU 97.3 %, limit 90 %',
      address: '10.0.0.5:51243',
      dedupe_key: 'alt_abc:firing',
    },
    startsAt: '2026-01-02T03:03:55.000Z',
    endsAt: '2027-01-02T03:04:05.000Z',
  });
});

test('a recovery ends the alert of the same labels', () => {
  const recovery = noticeOf({ notice: { kind: 'resolved' }, alert: { resolvedAt: 1_767_323_050_000 } });
  const [firing, resolved] = alertmanagerAlerts(messageOf(noticeOf(), recovery), {});
  expect(resolved!.labels).toEqual(firing!.labels);
  expect(resolved!.endsAt).toBe('2026-01-02T03:04:10.000Z');
});

test('a test is an alert of its own, which goes away by itself', () => {
  const [sent] = alertmanagerAlerts(messageOf(noticeOf({ notice: { kind: 'test' } })), {});
  expect(sent!.labels.alertname).toBe('guardia_test');
  expect(sent!.endsAt).toBe('2026-01-02T03:09:05.000Z');
});

test('an end is never before its start, and no label is empty', () => {
  const at = fc.integer({ min: 0, max: 4_000_000_000_000 });
  fc.assert(
    fc.property(
      at,
      at,
      fc.option(at),
      fc.constantFrom<Notice['kind']>('firing', 'resolved'),
      fc.string(),
      (told, firedAt, resolvedAt, kind, text) => {
        const alert = { firedAt, resolvedAt, instance: text, targetName: text };
        const [sent] = alertmanagerAlerts(messageOf(noticeOf({ notice: { kind, at: told }, alert })), {});
        expect(Date.parse(sent!.endsAt)).toBeGreaterThanOrEqual(Date.parse(sent!.startsAt));
        expect(Object.values(sent!.labels).filter((label) => label === '')).toEqual([]);
      },
    ),
  );
});

describe.skipIf(alertmanagerIsMissing())('against a real Alertmanager', () => {
  test('an alert fires there until its recovery comes', async () => {
    const server = await startAlertmanager();
    const dispatcher = new Agent();
    onTestFinished(async () => {
      await dispatcher.destroy();
      await server.stop();
    });
    const notifier = createAlertmanagerNotifier(configOf(server.url), {
      dispatcher,
      clock: systemClock,
    });
    const told = async (...notices: [Notice, ...Notice[]]) =>
      (await notifier.send(messageOf(...notices), new AbortController().signal)).type;
    const active = async () => {
      const { body } = await request(`${server.url}/api/v2/alerts`, { dispatcher });
      return ((await body.json()) as { labels: Record<string, string> }[])
        .map(({ labels }) => labels.target)
        .sort();
    };
    const startedAt = Date.now() - 60_000;
    const notice = (targetName: string, kind: Notice['kind']) =>
      noticeOf({
        notice: { kind, at: startedAt },
        alert: {
          targetId: targetName,
          targetName,
          firedAt: startedAt,
          resolvedAt: kind === 'resolved' ? startedAt + 30_000 : null,
        },
      });

    expect(await told(notice('web-1', 'firing'), notice('web-2', 'firing'))).toBe('delivered');
    expect(await active()).toEqual(['web-1', 'web-2']);
    expect(await told(notice('web-1', 'reminder'))).toBe('delivered');
    expect(await told(notice('web-1', 'resolved'))).toBe('delivered');
    expect(await active()).toEqual(['web-2']);
  });
});
