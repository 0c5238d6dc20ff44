// What a message looks like in Slack: a headline, the text and a footer as blocks, and a text for notifications.
// Sending is slack.ts.
import { footer, headline, lines } from '../message-text.ts';
import type { Message } from '../notifier.ts';

interface SlackText {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** Nothing in the text becomes a link, a mention or a channel by itself. */
  readonly verbatim: true;
}

interface SlackBlock {
  readonly type: 'section' | 'context';
  readonly text?: SlackText;
  readonly elements?: readonly SlackText[];
}

export interface SlackMessage {
  /** Shown in notifications, and where blocks can't be. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/** Slack's limit of the text of a section (Slack API, "Section block"), which is counted in UTF-16 here to be sure. */
export const SLACK_SECTION_LENGTH = 3_000;

export function slackMessage(message: Message): SlackMessage {
  const title = escapeMrkdwn(headline(message));
  const room = { escape: escapeMrkdwn, lengthOf: (text: string) => text.length };
  return {
    text: title,
    blocks: [
      { type: 'section', text: mrkdwn(`*${title}*`) },
      { type: 'section', text: mrkdwn(lines(message, SLACK_SECTION_LENGTH, room).join('\n')) },
      { type: 'context', elements: [mrkdwn(escapeMrkdwn(footer(message)))] },
    ],
  };
}

/** Escapes the three characters that begin or end something in Slack's text (Slack API, "Escaping text"), so that no
 *  name can mention anyone. */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text, verbatim: true };
}
