import { TestClock } from '@guardia/kernel';
import { startFarSide } from '@guardia/testing';
import fc from 'fast-check';
import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { messageOf, noticeOf, notifierConformance } from '../conformance.ts';
import { createOpsgenieNotifier } from './opsgenie.ts';
import { OPSGENIE_LIMITS, opsgenieAlert } from './opsgenie-alert.ts';

const KEY = 'genie-key-0123456789';

function configOf(apiUrl: string) {
  return {
    type: 'opsgenie',
    name: 'genie',
    groupWaitMs: 0,
    groupBy: [],
    maxPerMinute: null,
    apiKey: KEY,
    apiUrl,
  } as const;
}

notifierConformance('opsgenie', (url, deps) => createOpsgenieNotifier(configOf(url), deps), {
  target: (path, query, kind) =>
    kind === 'resolved'
      ? `${path}/v2/alerts/alt_abc/close${query}&identifierType=alias`
      : `${path}/v2/alerts${query}`,
  isSplit: true,
});

test('opens by alias and closes by the same, with the key in a header alone', async () => {
  const agent = new Agent();
  const farSide = await startFarSide({ script: () => ({ status: 202 }) });
  onTestFinished(async () => {
    await agent.destroy();
    await farSide.stop();
  });
  const deps = { dispatcher: agent, clock: new TestClock() };
  const notifier = createOpsgenieNotifier(configOf(farSide.url), deps);
  const recovery = noticeOf({ notice: { kind: 'resolved', dedupeKey: 'alt_abc:resolved' } });
  const result = await notifier.send(messageOf(noticeOf(), recovery), new AbortController().signal);
  expect(result.type).toBe('delivered');
  const [opening, closing] = farSide.requests;
  expect(opening!.path).toBe('/v2/alerts');
  expect(closing!.path).toBe('/v2/alerts/alt_abc/close?identifierType=alias');
  for (const { headers, body } of farSide.requests) {
    expect(headers.authorization).toBe(`GenieKey ${KEY}`);
    expect(body).not.toContain(KEY);
  }
  expect(JSON.parse(closing!.body)).toEqual({
    source: 'Guardia',
    note: expect.stringContaining('alt_abc:resolved'),
  });
});

test('an alert says what is the matter', () => {
  const alert = { severity: 'critical', instance: '/srv', group: 'db', tags: ['eu', 'prod'] } as const;
  expect(opsgenieAlert(noticeOf({ alert }))).toEqual({
    message: 'High CPU usage: web-1',
    alias: 'alt_abc',
    description: expect.stringContaining('web-1: CPU 97.3 %, limit 90 %'),
    tags: ['eu', 'prod'],
    details: {
      rule: 'usage',
      instance: '/srv',
      severity: 'critical',
      address: '10.0.0.5:51243',
      group: 'db',
      dedupe_key: 'alt_abc:firing',
    },
    entity: 'web-1',
    source: 'Guardia',
    priority: 'P1',
  });
});

test('is never longer than Opsgenie takes', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20_000, size: 'max' });
  fc.assert(
    fc.property(text, fc.array(fc.string({ maxLength: 99 }), { maxLength: 40 }), (words, tags) => {
      const given = { targetName: words, summary: words, instance: words, group: words, tags };
      const alert = opsgenieAlert(noticeOf({ notice: { address: words }, alert: given }));
      expect(alert.message).toMatch(/\S/);
      expect([...alert.message].length).toBeLessThanOrEqual(OPSGENIE_LIMITS.message);
      expect([...alert.description].length).toBeLessThanOrEqual(OPSGENIE_LIMITS.description);
      expect([...alert.entity].length).toBeLessThanOrEqual(OPSGENIE_LIMITS.entity);
      expect(alert.tags.length).toBeLessThanOrEqual(OPSGENIE_LIMITS.tags);
      expect(alert.tags.every((tag) => [...tag].length <= OPSGENIE_LIMITS.tag)).toBe(true);
      expect([...Object.entries(alert.details).flat().join('')].length).toBeLessThanOrEqual(8_000);
    }),
    { numRuns: 30 },
  );
});
