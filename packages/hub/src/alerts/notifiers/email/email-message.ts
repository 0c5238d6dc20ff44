// What a message looks like as a mail: plain text and the same as simple HTML, in one thread per alert. Words are
// message-text.ts; addresses and sending are email.ts.
import { createHash } from 'node:crypto';
import { escapeHtml } from '../escape-html.ts';
import { cut, footer, headline, lines, oneLine } from '../message-text.ts';
import type { Message } from '../notifier.ts';

/** The parts of a mail that a message decides, by nodemailer's names for them. */
export interface EmailMessage {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: string;
  readonly headers: Record<string, string>;
}

const SUBJECT_CHARACTERS = 200;
/** Mail has no limit of its own; longer ones nobody reads. */
const TEXT_CHARACTERS = 20_000;

/** Builds a mail. Every attempt has the same `Message-ID`, by which a mailbox may drop repeats.
 *  @param domain right side of the ids */
export function emailMessage(message: Message, domain: string): EmailMessage {
  const rows = lines(message, TEXT_CHARACTERS);
  // Nobody has sent the mail that this names: it is there so that whatever is told of one alert hangs together.
  const thread = id('alert', message.notices[0].alert.id, domain);
  return {
    subject: cut(oneLine(headline(message)), SUBJECT_CHARACTERS),
    text: `${[...rows, '', footer(message)].join('\n')}\n`,
    html: html(message, rows),
    messageId: id('message', message.dedupeKey, domain),
    inReplyTo: thread,
    references: thread,
    headers: {
      'X-Guardia-Dedupe-Key': oneLine(message.dedupeKey),
      // Asks absence notes not to answer (RFC 3834, section 5).
      'Auto-Submitted': 'auto-generated',
    },
  };
}

function html(message: Message, rows: readonly string[]): string {
  return [
    `<p><strong>${escapeHtml(headline(message))}</strong></p>`,
    `<p>${rows.map(escapeHtml).join('<br>\n')}</p>`,
    `<p><small>${escapeHtml(footer(message))}</small></p>`,
  ].join('\n');
}

/** A digest, because a key may hold what an id may not. */
function id(kind: string, key: string, domain: string): string {
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return `<guardia-${kind}-${digest}@${domain}>`;
}
