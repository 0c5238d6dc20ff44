// The frames of one exporter: its exposition, read as it arrives. Asking is given to it, as connections are shared.
import type { Clock } from '@guardia/kernel';
import type { EpochMs, ExporterConfig, Frame } from '@guardia/model';
import type { Answer, Pending } from '../http/exchange.ts';
import type { Source } from '../source.ts';
import type { Bytes } from './bytes.ts';
import { ExporterReader } from './exporter-reader.ts';
import type { ExporterRecord } from './exporter-record.ts';

/** Asks an exporter, and has the answer read at once. */
export type AskExporter = <Reading>(
  config: ExporterConfig,
  read: (answer: Answer) => Reading,
) => Pending<Reading>;

export interface ExporterParts {
  readonly clock: Clock;
  readonly ask: AskExporter;
  /** Shared by all exporters. */
  readonly bytes: Bytes;
}

export class ExporterSource implements Source<ExporterConfig> {
  readonly event = 'exporter';
  readonly #record: ExporterRecord;
  readonly #parts: ExporterParts;
  #labels: ExporterConfig['labels'];
  #reader: ExporterReader;

  /** @param record gets the number of samples */
  constructor(record: ExporterRecord, parts: ExporterParts) {
    this.#record = record;
    this.#parts = parts;
    this.#labels = record.config.labels;
    this.#reader = this.#newReader();
  }

  poll(config: ExporterConfig, at: EpochMs): Pending<readonly Frame[]> {
    if (config.labels !== this.#labels) {
      this.#labels = config.labels;
      this.#reader = this.#newReader();
    }
    const { ask, clock } = this.#parts;
    const startedAt = clock.mono();
    return ask(config, (answer) => {
      const time = { at, now: clock.wall(), durationMs: clock.mono() - startedAt };
      const { frames, samples } = this.#reader.read(answer, time);
      this.#record.samples = samples;
      return frames;
    });
  }

  down(at: EpochMs, durationMs: number): Frame {
    return this.#reader.down(at, durationMs);
  }

  #newReader(): ExporterReader {
    return new ExporterReader(this.#record.id, this.#labels, this.#parts.bytes);
  }
}
