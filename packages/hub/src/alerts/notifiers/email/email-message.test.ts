import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupMessageOf, messageOf, noticeOf } from '../conformance.ts';
import { emailMessage } from './email-message.ts';

test('says what is the matter, as text and as HTML', () => {
  const mail = emailMessage(messageOf(noticeOf({ alert: { summary: 'a <b> & "c"' } })), 'example.org');
  expect(mail.subject).toBe('High CPU usage: web-1');
  expect(mail.text).toContain('a <b> & "c"\nAddress: 10.0.0.5:51243\n');
  expect(mail.html).toContain('a &lt;b&gt; &amp; &quot;c&quot;<br>\nAddress: 10.0.0.5:51243<br>');
  expect(mail.text).toContain('alt_abc:firing');
});

test('rule 18: of a group every alert is there', () => {
  const { text, html } = emailMessage(groupMessageOf(60), 'example.org');
  for (const body of [text, html]) expect(body).toContain('host-60');
});

test('headers never have line breaks, the subject never more than 200 characters, and HTML never a tag of a text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const alert = { targetName: text, summary: text, instance: text, id: text };
      const mail = emailMessage(
        messageOf(noticeOf({ notice: { dedupeKey: text, address: text }, alert })),
        'example.org',
      );
      expect([...mail.subject].length).toBeLessThanOrEqual(200);
      const headers = [mail.subject, mail.messageId, mail.inReplyTo, ...Object.values(mail.headers)];
      expect(headers.filter((header) => /\p{Cc}/u.test(header))).toEqual([]);
      expect(mail.html.replace(/<\/?(p|strong|small|br)>/g, '')).not.toMatch(/[<>]/);
    }),
  );
});
