// The ntfy notifier: publishes a message to a topic, as JSON to the base of the server. What the message says is
// message-text.ts; retries are the outbox's.
import type { NtfyNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import { bodyText, headline, type Tone, toneOf } from '../message-text.ts';
import type { Message, Notifier } from '../notifier.ts';
import { decode } from '../redaction.ts';

/** ntfy's limit of a message in bytes (ntfy documentation, "Limitations"), counted here as JSON, which is longer. */
export const NTFY_BYTES = 4_096;

/** 5 is the most urgent (ntfy documentation, "Message priority"). */
const LOUDNESS: Readonly<Record<Tone, { readonly priority: number; readonly tag: string }>> = {
  critical: { priority: 5, tag: 'rotating_light' },
  warning: { priority: 4, tag: 'warning' },
  info: { priority: 3, tag: 'information_source' },
  resolved: { priority: 3, tag: 'white_check_mark' },
  test: { priority: 3, tag: 'test_tube' },
};

export function createNtfyNotifier(config: NtfyNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, token } = config;
  const base = new URL(config.url);
  const [, path, topic] = /^(.*\/)([^/]*)\/?$/.exec(base.pathname)!;
  base.pathname = path!;
  const topicName = decode(topic!);
  // Whoever knows a topic can read it.
  const post = new JsonPost(base.href, [topic!, topicName, ...(token === null ? [] : [token])], deps);
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return {
    name,
    kind: 'ntfy',
    send: (message, signal) => post.send({ body: ntfyBody(message, topicName), headers }, signal),
    async close() {},
  };
}

export function ntfyBody(message: Message, topic: string): string {
  const { priority, tag } = LOUDNESS[toneOf(message)];
  return JSON.stringify({
    topic,
    title: headline(message),
    message: bodyText(message, NTFY_BYTES, { lengthOf: jsonBytes }),
    priority,
    tags: [tag],
  });
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}
