// A far end for the outbox inside the test: it records what it is sent and answers as it is told. The real notifiers
// are tested against real servers by their own suite.
import type { Message, Notice, Notifier, SendResult } from '../notifiers/notifier.ts';

export class RecordingNotifier implements Notifier {
  readonly kind = 'recording';
  readonly name: string;
  readonly messages: Message[] = [];
  /** The notices of all messages. */
  readonly sent: Notice[] = [];
  /** Sends under way now, and the most there ever were. */
  open = 0;
  mostOpen = 0;
  closed = 0;
  /** What the next sends answer; afterwards everything is delivered. */
  readonly #answers: ((message: Message, signal: AbortSignal) => Promise<SendResult>)[] = [];

  constructor(name = 'ops') {
    this.name = name;
  }

  /** Answers the next send with this. */
  next(answer: SendResult | ((message: Message, signal: AbortSignal) => Promise<SendResult>)): this {
    this.#answers.push(typeof answer === 'function' ? answer : async () => answer);
    return this;
  }

  async send(message: Message, signal: AbortSignal): Promise<SendResult> {
    this.messages.push(message);
    this.sent.push(...message.notices);
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    try {
      const answer = this.#answers.shift();
      return answer === undefined ? { type: 'delivered', detail: 'ok' } : await answer(message, signal);
    } finally {
      this.open -= 1;
    }
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/** A send that doesn't end before the test says so. */
export function held(): { answer: () => Promise<SendResult>; end: (result?: SendResult) => void } {
  const { promise, resolve } = Promise.withResolvers<SendResult>();
  return { answer: () => promise, end: (result = { type: 'delivered', detail: 'ok' }) => resolve(result) };
}
