// The Telegram notifier: a bot sends a message to a chat, as HTML of Telegram's kind. What the message says is
// message-text.ts; retries are the outbox's.
import type { TelegramNotifierConfig } from '@guardia/model';
import { answerFields } from '../answer.ts';
import { escapeHtml } from '../escape-html.ts';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import { bodyText, headline } from '../message-text.ts';
import type { Message, Notifier, SendResult } from '../notifier.ts';
import { parseRetryAfter } from '../retry-after.ts';

/** Telegram's limit (Bot API, "sendMessage"), which is counted in UTF-16 and with all markup here to be sure. */
export const TELEGRAM_LENGTH = 4_096;

export function createTelegramNotifier(config: TelegramNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, token, chatId, threadId, apiUrl } = config;
  const post = new JsonPost(apiUrl, [token], deps);
  const path = `/bot${token}/sendMessage`;
  const addressee = { chat_id: chatId, ...(threadId === null ? {} : { message_thread_id: threadId }) };
  return {
    name,
    kind: 'telegram',
    send(message, signal) {
      const body = JSON.stringify({
        ...addressee,
        text: telegramText(message),
        parse_mode: 'HTML',
        link_preview_options: { is_disabled: true },
      });
      return post.send({ body, path, refusal }, signal);
    },
    async close() {},
  };
}

export function telegramText(message: Message): string {
  const title = `<b>${harmless(headline(message))}</b>\n`;
  const room = { escape: harmless, lengthOf: (text: string) => text.length };
  return `${title}${bodyText(message, TELEGRAM_LENGTH - title.length, room)}`;
}

/** Telegram makes a mention of every `@name`, in HTML too; a zero-width space ends it before it begins. */
function harmless(text: string): string {
  return escapeHtml(text).replaceAll('@', '@\u200b');
}

/** Telegram repeats its verdict in the body, which a proxy on the way may have given a 200. */
function refusal(body: string): SendResult | null {
  const { ok, error_code: code, description } = answerFields(body);
  if (ok !== false) return null;
  const error = typeof description === 'string' ? description : 'refused without a reason';
  if (code !== 429 && !(typeof code === 'number' && code >= 500)) return { type: 'refused', error };
  return { type: 'retry', afterMs: parseRetryAfter({}, body, 0), error };
}
