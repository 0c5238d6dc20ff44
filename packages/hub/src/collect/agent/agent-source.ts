// The frames of one server: its agent's answer, read into samples. Asking is given to it, as connections are shared.
import type { EpochMs, Frame, ServerConfig, TargetId } from '@guardia/model';
import { BadAnswer } from '../http/bad-answer.ts';
import type { Pending } from '../http/exchange.ts';
import type { ServerRecord } from '../server-record.ts';
import type { Source } from '../source.ts';
import { factsOf } from './facts.ts';
import { SampleReader } from './samples.ts';

/** Told what a server says of itself in words. */
export type OnFacts = (targetId: TargetId, at: EpochMs, facts: Readonly<Record<string, string>>) => void;

export class AgentSource implements Source<ServerConfig> {
  readonly event = 'server';
  readonly #record: ServerRecord;
  readonly #ask: (config: ServerConfig) => Pending<string>;
  readonly #reader = new SampleReader();
  readonly #onFacts: OnFacts;
  #facts = '';

  /** @param record gets the answer as it came
   *  @param onFacts hears of facts whenever an answer has others than the one before */
  constructor(record: ServerRecord, ask: (config: ServerConfig) => Pending<string>, onFacts: OnFacts) {
    this.#record = record;
    this.#ask = ask;
    this.#onFacts = onFacts;
  }

  poll(config: ServerConfig, at: EpochMs): Pending<readonly Frame[]> {
    const { reading, cancel } = this.#ask(config);
    return { reading: reading.then((body) => [this.#read(body, at)]), cancel };
  }

  /** A server that is down has no readings. */
  down(): null {
    return null;
  }

  #read(body: string, at: EpochMs): Frame {
    const record = this.#record;
    try {
      const answer = parseJson(body);
      const frame = this.#reader.read(record.id, at, answer);
      record.latestBody = body;
      this.#tellFacts(at, answer);
      return frame;
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error;
      throw new BadAnswer(`${record.alias} answered, but ${error.message}.`);
    }
  }

  #tellFacts(at: EpochMs, answer: unknown): void {
    const facts = factsOf(answer);
    const text = JSON.stringify(facts);
    if (text === this.#facts) return;
    this.#facts = text;
    this.#onFacts(this.#record.id, at, facts);
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new BadAnswer(`the answer is not JSON: ${(error as Error).message}`);
  }
}
