import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyMessage, messageOf, NOTIFIER_BASE, noticeOf, notifierConformance } from '../conformance.ts';
import { createSlackNotifier } from './slack.ts';
import { SLACK_SECTION_LENGTH, slackMessage } from './slack-message.ts';

notifierConformance('slack', (url, deps) =>
  createSlackNotifier({ ...NOTIFIER_BASE, type: 'slack', url, channel: '#ops' }, deps),
);

test('a message is a headline, a text and a footer', () => {
  expect(slackMessage(messageOf(noticeOf({ alert: { targetName: '<!everyone> & co' } })))).toEqual({
    text: 'High CPU usage: &lt;!everyone&gt; &amp; co',
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*High CPU usage: &lt;!everyone&gt; &amp; co*', verbatim: true },
      },
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: [
            'web-1: CPU 97.3 %, limit 90 %',
            'Address: 10.0.0.5:51243',
            'Value: 97.3 %, limit 90 %',
            'Since: 2026-01-02 03:03:55 UTC',
          ].join('\n'),
          verbatim: true,
        },
      },
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: 'Guardia, warning, alt_abc:firing', verbatim: true }],
      },
    ],
  });
});

test('no text is too long or mentions anyone, whatever is told', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const { text, blocks } = slackMessage(message);
      for (const block of blocks) {
        for (const part of [block.text, ...(block.elements ?? [])]) {
          if (part === undefined) continue;
          expect(part.text.length).toBeLessThanOrEqual(SLACK_SECTION_LENGTH);
          expect(part.text).not.toBe('');
          expect(part.text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
        }
      }
      expect(text).not.toMatch(/[<>]/);
    }),
  );
});
