// The SMTP check: greeting, EHLO, and if asked STARTTLS with its certificate, as RFC 5321 and RFC 3207 have it. Logging
// in and mail are not tried.
import type { SmtpCheckSpec } from '@guardia/model';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import { runDialogue } from '../dialogue/run-dialogue.ts';
import { readReply } from './reply.ts';

/** Talks up to where mail would follow. A server that must offer STARTTLS and doesn't is DOWN, as with other failures
 *  of TLS. See {@link Check.run}. */
export function runSmtpCheck(spec: SmtpCheckSpec, context: CheckContext): Promise<CheckResult> {
  return runDialogue(spec, context, async (dialogue) => {
    await readReply(dialogue, 220, 'a greeting with 220');
    dialogue.send(`EHLO ${ownName(dialogue)}\r\n`);
    const capabilities = await readReply(dialogue, 250, '250 to EHLO');
    if (spec.startTls) await startTls(dialogue, capabilities, spec.host);
    // Nobody waits for its answer, which says nothing of the service.
    dialogue.send('QUIT\r\n');
    return [];
  });
}

async function startTls(dialogue: Dialogue, capabilities: readonly Buffer[], name: string): Promise<void> {
  if (!capabilities.some((text) => text.toString('latin1').toUpperCase() === 'STARTTLS')) {
    throw dialogue.unexpected('STARTTLS among the capabilities', Buffer.from(capabilities.join(', ')));
  }
  dialogue.send('STARTTLS\r\n');
  await readReply(dialogue, 220, '220 to STARTTLS');
  await dialogue.secure(name);
}

/** An address in brackets, for machines that have no name that others know (RFC 5321, section 4.1.3). */
function ownName({ socket }: Dialogue): string {
  const prefix = socket.localFamily === 'IPv6' ? 'IPv6:' : '';
  return `[${prefix}${socket.localAddress}]`;
}
