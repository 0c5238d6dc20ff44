import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyMessage,
  messageOf,
  NOTIFIER_BASE,
  noticeOf,
  notifierConformance,
  SECRET,
} from '../conformance.ts';
import { createNtfyNotifier, NTFY_BYTES, ntfyBody } from './ntfy.ts';

notifierConformance(
  'ntfy',
  (url, deps) => createNtfyNotifier({ ...NOTIFIER_BASE, type: 'ntfy', url, token: SECRET }, deps),
  // The topic is in the body instead of the path.
  { target: (path, query) => `${path.replace(SECRET, '')}${query}`, maxBodyBytes: 2 * NTFY_BYTES },
);

test('a message has a title, a text, a priority and a tag', () => {
  expect(JSON.parse(ntfyBody(messageOf(noticeOf({ alert: { severity: 'critical' } })), 'ops'))).toEqual({
    topic: 'ops',
    title: 'High CPU usage: web-1',
    message: [
      'web-1: CPU 97.3 %, limit 90 %',
      'Address: 10.0.0.5:51243',
      'Value: 97.3 %, limit 90 %',
      'Since: 2026-01-02 03:03:55 UTC',
      '',
      'Guardia, critical, alt_abc:firing',
    ].join('\n'),
    priority: 5,
    tags: ['rotating_light'],
  });
});

test.each([
  ['warning', 'firing', 4],
  ['info', 'firing', 3],
  ['critical', 'reminder', 5],
  ['critical', 'resolved', 3],
  ['critical', 'test', 3],
] as const)('%s that is %s has priority %i', (severity, kind, priority) => {
  const message = messageOf(noticeOf({ notice: { kind }, alert: { severity } }));
  expect(JSON.parse(ntfyBody(message, 'ops'))).toMatchObject({ priority });
});

test('no message is too long, whatever is told', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const body = ntfyBody(message, 'ops');
      expect(Buffer.byteLength(JSON.parse(body).message)).toBeLessThanOrEqual(NTFY_BYTES);
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(2 * NTFY_BYTES);
    }),
  );
});
