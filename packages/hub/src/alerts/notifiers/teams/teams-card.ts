// What a message looks like in Microsoft Teams: one adaptive card that says how bad it is by the colour of its title.
// Sending is teams.ts.
import { cut, footer, headline, lines, type Tone, toneOf } from '../message-text.ts';
import type { Message } from '../notifier.ts';

interface TextBlock {
  readonly type: 'TextBlock';
  readonly text: string;
  readonly wrap: true;
  readonly spacing?: 'Small';
  readonly weight?: 'Bolder';
  readonly size?: 'Medium' | 'Small';
  readonly color?: 'Attention' | 'Warning' | 'Good' | 'Accent';
  readonly isSubtle?: true;
}

interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: {
        readonly $schema: string;
        readonly type: 'AdaptiveCard';
        readonly version: '1.4';
        readonly msteams: { readonly width: 'Full' };
        readonly body: readonly TextBlock[];
      };
    },
  ];
}

/** A message that is larger is refused: 28 KiB with everything in it (Microsoft Teams, "Limits and specifications"). */
export const TEAMS_MESSAGE_BYTES = 28_672;
/** Leaves room for the headline (at most 350 characters), the footer and what is around them. */
const LINES_BYTES = 22_000;
const FOOTER_CHARACTERS = 300;

const COLORS: Readonly<Record<Tone, NonNullable<TextBlock['color']>>> = {
  critical: 'Attention',
  warning: 'Warning',
  info: 'Accent',
  resolved: 'Good',
  test: 'Accent',
};

export function teamsMessage(message: Message): TeamsMessage {
  const rows = lines(message, LINES_BYTES, { escape: escapeMarkdown, lengthOf: bytesOf });
  const body: TextBlock[] = [
    {
      ...block(escapeMarkdown(headline(message))),
      size: 'Medium',
      weight: 'Bolder',
      color: COLORS[toneOf(message)],
    },
    ...rows.map((row): TextBlock => ({ ...block(row), spacing: 'Small' })),
    { ...block(escapeMarkdown(cut(footer(message), FOOTER_CHARACTERS))), size: 'Small', isSubtle: true },
  ];
  return { type: 'message', attachments: [card(body)] };
}

function card(body: readonly TextBlock[]): TeamsMessage['attachments'][0] {
  return {
    contentType: 'application/vnd.microsoft.card.adaptive',
    contentUrl: null,
    content: {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      msteams: { width: 'Full' },
      body,
    },
  };
}

function block(text: string): TextBlock {
  return { type: 'TextBlock', text, wrap: true };
}

/** What a line costs in the message, with the block around it and the comma behind. */
function bytesOf(row: string): number {
  return Buffer.byteLength(JSON.stringify({ ...block(row), spacing: 'Small' })) + 1;
}

/** Makes a text harmless in the little markdown that a card has: nothing is bold, links or begins a list. */
function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/[\\*_[\]]/g, '\\$&')
      .replace(/^([-+])(?=\s)/gm, '\\$1')
      .replace(/^(\d+)([.)])(?=\s)/gm, '$1\\$2')
      // Two braces would begin one of a card's date functions.
      .replaceAll('{{', '{\u200b{')
  );
}
