// Mail over SMTP: one message to all recipients, over TLS unless the configuration says otherwise. What it says is
// email-message.ts; what a server's refusal amounts to is email-failure.ts.
import type { EmailNotifierConfig } from '@guardia/model';
import { createTransport, type SMTPSentMessageInfo, type SMTPTransportOptions } from 'nodemailer';
import type { NotifierDeps } from '../json-post.ts';
import type { Notifier, SendResult } from '../notifier.ts';
import { emailFailure } from './email-failure.ts';
import { emailMessage } from './email-message.ts';

/** No more of one answer of the server is taken than this. */
const ANSWER_BYTES = 65_536;

/** Makes a notifier that opens a connection per message. With `starttls` nothing is sent before the connection is
 *  encrypted, and with `tls` or `starttls` nothing to a server whose certificate isn't trusted. */
export function createEmailNotifier(config: EmailNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, from, to } = config;
  const transport = createTransport(transportOptions(config));
  const domain = domainOf(from);
  return {
    name,
    kind: 'email',
    async send(message, signal) {
      const mail = { ...emailMessage(message, domain), from, to: [...to], date: new Date(deps.clock.wall()) };
      try {
        return delivered(config, await transport.sendMail({ ...mail, signal }));
      } catch (error) {
        return emailFailure(config, error);
      }
    },
    async close() {
      transport.close();
    },
  };
}

function transportOptions({
  host,
  port,
  security,
  user,
  password,
}: EmailNotifierConfig): SMTPTransportOptions {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    maxResponseSize: ANSWER_BYTES,
    // Texts of messages must never make it read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
  };
}

/** Where some recipients were refused the others have the mail: another try would send it to those again. */
function delivered({ host, port }: EmailNotifierConfig, info: SMTPSentMessageInfo): SendResult {
  const { length: refused } = info.rejected;
  const all = refused + info.accepted.length;
  const but = refused === 0 ? '' : `, but refused ${refused} of ${all} recipients`;
  return { type: 'delivered', detail: `${host}:${port} took the message${but}` };
}

/** Domain of the sender, for ids that nobody else makes. */
function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'guardia.invalid';
}
