import { createHmac } from 'node:crypto';
import { startFarSide } from '@guardia/testing';
import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { noticeOf, notifierConformance } from '../conformance.ts';
import type { Notice } from '../notifier.ts';
import { createWebhookNotifier } from './webhook.ts';
import { webhookBody } from './webhook-body.ts';

const KEY = 'signing-key-of-the-hook';
const NOW = 1_767_323_045_678;

notifierConformance('webhook', (url, deps) =>
  createWebhookNotifier({ type: 'webhook', name: 'hook', url, format: 'guardia', secret: null }, deps),
);

async function sent(options: { secret: string | null; userInfo?: string; notice?: Notice }) {
  const agent = new Agent();
  const farSide = await startFarSide();
  try {
    const url = farSide.url.replace('://', `://${options.userInfo ?? ''}`);
    const notifier = createWebhookNotifier(
      { type: 'webhook', name: 'hook', url, format: 'guardia', secret: options.secret },
      { dispatcher: agent, clock: { wall: () => NOW } },
    );
    await notifier.send(options.notice ?? noticeOf(), new AbortController().signal);
    return farSide.requests[0]!;
  } finally {
    await agent.destroy();
    await farSide.stop();
  }
}

test('signs time and body, so that a receiver can check both', async () => {
  const request = await sent({ secret: KEY });
  const hex = createHmac('sha256', KEY).update(`1767323045.${request.body}`).digest('hex');
  expect(request.headers['x-guardia-signature']).toBe(`t=1767323045,v1=${hex}`);
  expect(request.headers['x-guardia-dedupe-key']).toBe('alt_abc:firing');
});

test('sends no signature without a key', async () => {
  expect((await sent({ secret: null })).headers).not.toHaveProperty('x-guardia-signature');
});

test('credentials in the URL become a header', async () => {
  const { headers } = await sent({ secret: null, userInfo: 'me:p%40ss@' });
  expect(headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

test('the body has the documented fields', () => {
  const body = JSON.parse(
    webhookBody(noticeOf({ notice: { kind: 'resolved' }, alert: { state: 'resolved', resolvedAt: 1000 } })),
  );
  expect(body).toEqual({
    version: 1,
    event: 'alert_resolved',
    kind: 'resolved',
    dedupe_key: 'alt_abc:firing',
    at: '2026-01-02T03:04:05.000Z',
    text: 'web-1: CPU 97.3 %, limit 90 %',
    alert: {
      id: 'alt_abc',
      rule: 'usage',
      instance: '',
      state: 'resolved',
      severity: 'warning',
      target_id: 'srv_abc',
      target_name: 'web-1',
      address: '10.0.0.5:51243',
      value: 97.25,
      limit: 90,
      unit: '%',
      summary: 'web-1: CPU 97.3 %, limit 90 %',
      violations: 3,
      pending_since: '2026-01-02T03:03:35.000Z',
      fired_at: '2026-01-02T03:03:55.000Z',
      resolved_at: '1970-01-01T00:00:01.000Z',
    },
  });
});
