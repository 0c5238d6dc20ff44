import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { TestClock } from '@guardia/kernel';
import type { GroupKey } from '@guardia/model';
import { startFarSide } from '@guardia/testing';
import { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import { groupMessageOf, messageOf, NOTIFIER_BASE, noticeOf, notifierConformance } from '../conformance.ts';
import type { Message } from '../notifier.ts';
import { alertmanagerBody } from './alertmanager-body.ts';
import { compileTemplate } from './template.ts';
import { createWebhookNotifier } from './webhook.ts';
import { webhookBody } from './webhook-body.ts';

const KEY = 'signing-key-of-the-hook';
const NOW = 1_767_323_045_678;

const BASE = { ...NOTIFIER_BASE, type: 'webhook', template: null, secret: null } as const;

notifierConformance(
  'webhook',
  (url, deps) => createWebhookNotifier({ ...BASE, url, format: 'guardia' }, deps),
  // Programs get all of a group.
  { maxBodyBytes: Number.POSITIVE_INFINITY },
);

async function sent(given: { secret?: string; userInfo?: string; message?: Message; template?: string }) {
  const agent = new Agent();
  const farSide = await startFarSide();
  try {
    const url = farSide.url.replace('://', `://${given.userInfo ?? ''}`);
    const { template = null, secret = null } = given;
    const format = template === null ? 'guardia' : 'template';
    const notifier = createWebhookNotifier(
      { ...BASE, url, format, template, secret },
      { dispatcher: agent, clock: new TestClock({ wallMs: NOW }) },
    );
    const result = await notifier.send(given.message ?? messageOf(), new AbortController().signal);
    return { result, request: farSide.requests[0]! };
  } finally {
    await agent.destroy();
    await farSide.stop();
  }
}

test('rule 21: signs time and body, so that a receiver can check both', async () => {
  const { request } = await sent({ secret: KEY });
  const hex = createHmac('sha256', KEY).update(`1767323045.${request.body}`).digest('hex');
  expect(request.headers['x-guardia-signature']).toBe(`t=1767323045,v1=${hex}`);
  expect(request.headers['x-guardia-dedupe-key']).toBe('alt_abc:firing');
});

test('rule 21: the documented receiver takes what was signed, and nothing that was changed on the way or is old', async () => {
  const document = readFileSync(`${import.meta.dirname}/../../../../../../docs/notifiers.md`, 'utf8');
  const [, code] = /^```js\nimport .*\n([\s\S]*?)^```$/m.exec(document)!;
  const given = { createHmac, timingSafeEqual, Buffer, Math };
  const isFromGuardia = (header: unknown, body: string, key = KEY, now = NOW): boolean =>
    runInNewContext(`${code}; isFromGuardia(${JSON.stringify([header, body, key]).slice(1, -1)})`, {
      ...given,
      Date: { now: () => now },
    });
  const { request } = await sent({ secret: KEY });
  const { body } = request;
  const header = String(request.headers['x-guardia-signature']);
  expect(isFromGuardia(header, body)).toBe(true);
  expect(isFromGuardia(header.replace('t=1767323045', 't=1767323046'), body)).toBe(false);
  expect(isFromGuardia(header.replace('t=', 't=0'), body)).toBe(false);
  expect(
    isFromGuardia(
      header.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      body,
    ),
  ).toBe(false);
  expect(isFromGuardia(header, body.replace('web-1', 'web-2'))).toBe(false);
  expect(isFromGuardia(header, body, 'another key')).toBe(false);
  expect([NOW - 301_000, NOW + 301_000].map((now) => isFromGuardia(header, body, KEY, now))).toEqual([
    false,
    false,
  ]);
  expect(['', 'v1=00', `t=x,v1=${'0'.repeat(64)}`].map((forged) => isFromGuardia(forged, body))).toEqual([
    false,
    false,
    false,
  ]);
});

test('sends no signature without a key', async () => {
  expect((await sent({})).request.headers).not.toHaveProperty('x-guardia-signature');
});

test('a half of a character in a name does no harm to the body', () => {
  const message = messageOf(noticeOf({ alert: { targetName: 'a\ud800', instance: '\udfff' } }));
  const write = compileTemplate('{"name":"{{alert.target_name}}"}', 'hook');
  for (const body of [
    webhookBody(message),
    alertmanagerBody(message, { name: 'hook', groupBy: [] }),
    write(message),
  ]) {
    expect(body).not.toMatch(/\\ud[89a-f]/i);
    expect(body).toContain('a\ufffd');
  }
});

test('credentials in the URL become a header', async () => {
  const { headers } = (await sent({ userInfo: 'me:p%40ss@' })).request;
  expect(headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

test('the body has the documented fields', () => {
  const body = JSON.parse(
    webhookBody(
      messageOf(noticeOf({ notice: { kind: 'resolved' }, alert: { state: 'resolved', resolvedAt: 1000 } })),
    ),
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
      group: '',
      tags: [],
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

test('rule 18: a group is the first alert, and all of them beside it', () => {
  const body = JSON.parse(webhookBody(groupMessageOf(25)));
  expect(body).toMatchObject({
    version: 1,
    event: 'alert_fired',
    dedupe_key: 'grp_abc',
    text: '25 alerts: host-01, host-02 and 23 more',
    alert: { id: 'alt_0', target_name: 'host-01' },
  });
  expect(body.alerts).toHaveLength(25);
  expect(body.alerts[24]).toMatchObject({
    kind: 'firing',
    dedupe_key: 'alt_24:firing',
    target_name: 'host-25',
  });
});

describe("rule 21: Alertmanager's body", () => {
  const write = (message: Message, groupBy: readonly GroupKey[] = ['group']) =>
    JSON.parse(alertmanagerBody(message, { name: 'ops', groupBy }));

  test('of one alert', () => {
    expect(write(messageOf(noticeOf({ alert: { group: 'db' } })))).toEqual({
      version: '4',
      groupKey: '{}/{receiver="ops"}:{group="db"}',
      truncatedAlerts: 0,
      status: 'firing',
      receiver: 'ops',
      groupLabels: { group: 'db' },
      commonLabels: {
        alertname: 'usage',
        target: 'web-1',
        target_id: 'srv_abc',
        group: 'db',
        severity: 'warning',
      },
      commonAnnotations: {
        summary: 'High CPU usage: web-1',
        description: 'web-1: CPU 97.3 %, limit 90 %',
        address: '10.0.0.5:51243',
      },
      externalURL: '',
      alerts: [
        {
          status: 'firing',
          labels: {
            alertname: 'usage',
            target: 'web-1',
            target_id: 'srv_abc',
            group: 'db',
            severity: 'warning',
          },
          annotations: {
            summary: 'High CPU usage: web-1',
            description: 'web-1: CPU 97.3 %, limit 90 %',
            address: '10.0.0.5:51243',
          },
          startsAt: '2026-01-02T03:03:55.000Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: '',
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        },
      ],
    });
  });

  test('of several: fires while one of them does, and has in common what all have', () => {
    const recovered = noticeOf({
      notice: { kind: 'resolved' },
      alert: { targetName: 'web-2', targetId: 'srv_2', resolvedAt: 1_000 },
    });
    const body = write(messageOf(noticeOf(), recovered));
    expect(body).toMatchObject({
      status: 'firing',
      groupKey: '{}/{receiver="ops"}:{}',
      commonLabels: { alertname: 'usage', severity: 'warning' },
      commonAnnotations: { address: '10.0.0.5:51243' },
    });
    expect(body.alerts[1]).toMatchObject({ status: 'resolved', endsAt: '1970-01-01T00:00:01.000Z' });
    expect(body.alerts[0].fingerprint).not.toBe(body.alerts[1].fingerprint);
    expect(write(messageOf(recovered)).status).toBe('resolved');
  });

  test.each<[GroupKey[], Record<string, string>, string]>([
    [[], {}, '{}'],
    [
      ['rule', 'severity'],
      { alertname: 'usage', severity: 'warning' },
      '{alertname="usage",severity="warning"}',
    ],
    [['target'], { target_id: 'srv_abc' }, '{target_id="srv_abc"}'],
  ])('rule 18: its group is as its notifier groups: %j', (groupBy, groupLabels, key) => {
    const body = write(messageOf(noticeOf({ alert: { group: 'db' } })), groupBy);
    expect(body).toMatchObject({ groupKey: `{}/{receiver="ops"}:${key}`, commonLabels: { group: 'db' } });
    expect(body.groupLabels).toEqual(groupLabels);
  });

  test('a recovery has the fingerprint of what it ends, a test the name of no alert', () => {
    const [fired, recovered, tested] = (['firing', 'resolved', 'test'] as const).map(
      (kind) => write(messageOf(noticeOf({ notice: { kind } }))).alerts[0],
    );
    expect(recovered.fingerprint).toBe(fired.fingerprint);
    expect(tested.labels.alertname).toBe('guardia_test');
  });
});

describe('rule 21: a template', () => {
  test('that writes JSON is sent as JSON, any other text as text', async () => {
    const { request } = await sent({ template: '{"said":"{{headline}}"}' });
    expect([request.headers['content-type'], request.body]).toEqual([
      'application/json',
      '{"said":"High CPU usage: web-1"}',
    ]);
    const plain = await sent({ template: 'Oh: {{{text}}}' });
    expect([plain.request.headers['content-type'], plain.request.body]).toEqual([
      'text/plain; charset=utf-8',
      'Oh: web-1: CPU 97.3 %, limit 90 %',
    ]);
  });

  test('is signed as it was written', async () => {
    const { request } = await sent({ template: '{{kind}}', secret: KEY });
    const hex = createHmac('sha256', KEY).update('1767323045.firing').digest('hex');
    expect(request.headers['x-guardia-signature']).toBe(`t=1767323045,v1=${hex}`);
  });

  test('that writes too much is refused, and nothing is sent', async () => {
    const loop = '{{#alerts}}'.repeat(9) + '{{/alerts}}'.repeat(9);
    const { result, request } = await sent({ template: loop, message: groupMessageOf(25) });
    expect(result).toMatchObject({
      type: 'refused',
      error: expect.stringMatching(/the template takes more than/),
    });
    expect(request).toBeUndefined();
  });
});
