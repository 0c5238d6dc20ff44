import type { PagerdutyNotifierConfig } from '@guardia/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noticeOf, notifierConformance } from '../conformance.ts';
import type { Notice } from '../notifier.ts';
import { createPagerdutyNotifier } from './pagerduty.ts';
import { pagerdutyEvent } from './pagerduty-event.ts';

const KEY = '0123456789abcdef0123456789abcdef';

function configOf(apiUrl: string): PagerdutyNotifierConfig {
  return {
    type: 'pagerduty',
    name: 'duty',
    groupWaitMs: 0,
    groupBy: [],
    maxPerMinute: null,
    routingKey: KEY,
    apiUrl,
  };
}

notifierConformance('pagerduty', (url, deps) => createPagerdutyNotifier(configOf(url), deps), {
  target: (path, query) => `${path}/v2/enqueue${query}`,
  isSplit: true,
  maxBodyBytes: 524_288,
});

test('an event opens the incident of its alert', () => {
  const alert = { instance: '/srv', group: 'db', severity: 'critical' } as const;
  expect(pagerdutyEvent(noticeOf({ alert }), KEY)).toEqual({
    routing_key: KEY,
    event_action: 'trigger',
    dedup_key: 'alt_abc',
    client: 'Guardia',
    payload: {
      summary: 'High CPU usage: web-1: CPU 97.3 %, limit 90 %',
      source: 'web-1',
      severity: 'critical',
      timestamp: '2026-01-02T03:04:05.000Z',
      component: '/srv',
      group: 'db',
      class: 'usage',
      custom_details: {
        dedupe_key: 'alt_abc:firing',
        address: '10.0.0.5:51243',
        value: 97.25,
        limit: 90,
        unit: '%',
        text: expect.stringContaining('Address: 10.0.0.5:51243'),
      },
    },
  });
});

test.each<[Notice['kind'], boolean, string]>([
  ['firing', false, 'trigger'],
  ['firing', true, 'trigger'],
  ['reminder', false, 'trigger'],
  ['reminder', true, 'acknowledge'],
  ['escalation', true, 'acknowledge'],
  ['resolved', true, 'resolve'],
  ['test', false, 'trigger'],
])('%s, acknowledged %s, is %s', (kind, isAcknowledged, action) => {
  const acknowledged = isAcknowledged ? { at: 1, by: 'eve', note: '' } : null;
  const event = pagerdutyEvent(noticeOf({ notice: { kind }, alert: { acknowledged } }), KEY);
  expect([event.event_action, event.dedup_key]).toEqual([action, 'alt_abc']);
});

test('what PagerDuty demands is never empty and never too long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      const alert = { targetName: text, summary: text, instance: text, group: text, unit: text };
      const { payload } = pagerdutyEvent(noticeOf({ notice: { address: text }, alert }), KEY);
      for (const field of [payload.summary, payload.source]) expect(field).toMatch(/\S/);
      expect([...payload.summary].length).toBeLessThanOrEqual(1_024);
      expect([...payload.source].length).toBeLessThanOrEqual(255);
    }),
  );
});
