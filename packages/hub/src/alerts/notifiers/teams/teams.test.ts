import type { TeamsNotifierConfig } from '@guardia/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupMessageOf, messageOf, noticeOf, notifierConformance } from '../conformance.ts';
import type { Message } from '../notifier.ts';
import { createTeamsNotifier } from './teams.ts';
import { TEAMS_MESSAGE_BYTES, teamsMessage } from './teams-card.ts';

notifierConformance(
  'teams',
  (url, deps) => {
    const config: TeamsNotifierConfig = {
      type: 'teams',
      name: 'team',
      groupWaitMs: 0,
      groupBy: [],
      maxPerMinute: null,
      url,
    };
    return createTeamsNotifier(config, deps);
  },
  // Markdown escapes the key for people; there is no place for programs.
  { maxBodyBytes: TEAMS_MESSAGE_BYTES, repeatsBy: 'alt\\\\_abc:firing' },
);

function blocksOf(message: Message) {
  return teamsMessage(message).attachments[0].content.body;
}

test('is one adaptive card', () => {
  const { type, attachments } = teamsMessage(messageOf());
  expect([type, attachments.length]).toEqual(['message', 1]);
  expect(attachments[0]).toMatchObject({
    contentType: 'application/vnd.microsoft.card.adaptive',
    contentUrl: null,
    content: { type: 'AdaptiveCard', version: '1.4' },
  });
});

test('shows a title in the colour of what is the matter, lines, and the dedupe key', () => {
  const alert = { severity: 'critical', summary: 'full *soon*' } as const;
  const [title, summary, ...others] = blocksOf(messageOf(noticeOf({ alert })));
  expect(title).toMatchObject({ text: 'High CPU usage: web-1', weight: 'Bolder', color: 'Attention' });
  expect(summary).toMatchObject({ text: 'full \\*soon\\*', wrap: true });
  expect(others.at(-1)).toMatchObject({ text: 'Guardia, critical, alt\\_abc:firing', isSubtle: true });
  expect(blocksOf(messageOf(noticeOf({ notice: { kind: 'resolved' } })))[0]!.color).toBe('Good');
});

test.each([
  ['[x](https://evil.example)', '\\[x\\](https://evil.example)'],
  ['1. one', '1\\. one'],
  ['- one', '\\- one'],
  ['{{DATE(2026-01-01T00:00:00Z)}}', '{\u200b{DATE(2026-01-01T00:00:00Z)}}'],
])('escapes %s', (text, escaped) => {
  expect(blocksOf(messageOf(noticeOf({ alert: { summary: text } })))[1]!.text).toBe(escaped);
});

test('rule 18: a group that does not fit says how many more there are', () => {
  const blocks = blocksOf(groupMessageOf(500));
  expect(blocks.at(-2)!.text).toMatch(/^and \d+ more$/);
});

test('is never larger than Teams takes', () => {
  const text = fc.string({
    unit: fc.constantFrom('*', '"', '\\', '😀', '{', 'x', '\u0001'),
    maxLength: 9_000,
    size: 'max',
  });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 300 }), (words, count) => {
      const alert = { targetName: words, summary: words, instance: words };
      const notice = noticeOf({ notice: { address: words, dedupeKey: words }, alert });
      const message = messageOf(notice, ...Array.from({ length: count - 1 }, () => notice));
      expect(Buffer.byteLength(JSON.stringify(teamsMessage(message)))).toBeLessThanOrEqual(
        TEAMS_MESSAGE_BYTES,
      );
    }),
    { numRuns: 30 },
  );
});
