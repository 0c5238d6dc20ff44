// What a message looks like in a Matrix room: text, and the same as the HTML that Matrix allows. Sending is matrix.ts.
import { escapeHtml } from '../escape-html.ts';
import { footer, headline, lines } from '../message-text.ts';
import type { Message } from '../notifier.ts';

interface MatrixMessage {
  readonly msgtype: 'm.text';
  readonly body: string;
  readonly format: 'org.matrix.custom.html';
  readonly formatted_body: string;
  readonly 'm.mentions': Readonly<Record<string, never>>;
}

/** An event has 65,536 bytes at most; text and HTML, each of which may double in JSON, stay well below that. */
const TEXT_BYTES = 8_000;

/** `m.text`, because clients don't notify of an `m.notice`. */
export function matrixMessage(message: Message): MatrixMessage {
  const rows = lines(message, TEXT_BYTES, { lengthOf: (text) => Buffer.byteLength(escapeHtml(text)) });
  const title = headline(message);
  const end = footer(message);
  return {
    msgtype: 'm.text',
    body: [title, ...rows, '', end].join('\n'),
    format: 'org.matrix.custom.html',
    formatted_body: `<strong>${escapeHtml(title)}</strong><br>${rows.map(escapeHtml).join('<br>')}<br><sub>${escapeHtml(end)}</sub>`,
    // Says that nobody is meant, so that `@room` or a name in a text pings nobody.
    'm.mentions': {},
  };
}
