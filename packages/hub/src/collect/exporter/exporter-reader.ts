// Reads what one exporter answers, scrape after scrape: what an answer must be, and the frames that it makes. Asking is
// left to the client, when to ask to the collector.
import { gunzipSync } from 'node:zlib';
import type { EpochMs, Frame, FrameLayout, TargetId } from '@guardia/model';
import { BadAnswer } from '../http/bad-answer.ts';
import { type Answer, tooLarge } from '../http/exchange.ts';
import type { Bytes } from './bytes.ts';
import { type ExpositionFormat, ExpositionParser } from './exposition-parser.ts';
import { FrameMaker } from './frame-maker.ts';
import { OWN_SERIES } from './series-table.ts';

/** Largest exposition that is read, unpacked, bytes: about 300,000 samples. */
export const MAX_EXPOSITION_BYTES = 32 * 1024 * 1024;

/** When a scrape was. */
export interface ScrapeTime {
  /** The time of its frame. */
  readonly at: EpochMs;
  readonly now: EpochMs;
  readonly durationMs: number;
}

export interface Scrape {
  /** The last one has no other time than the scrape. */
  readonly frames: readonly Frame[];
  /** What the exporter showed, without the hub's own. */
  readonly samples: number;
}

export class ExporterReader {
  readonly #targetId: TargetId;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #bytes: Bytes;
  readonly #frames: FrameMaker;
  readonly #downLayout: FrameLayout;
  #parser: ExpositionParser;

  /** @param labels added to every series
   *  @param bytes what answers are put into; shared by all readers */
  constructor(targetId: TargetId, labels: Readonly<Record<string, string>>, bytes: Bytes) {
    this.#targetId = targetId;
    this.#labels = labels;
    this.#bytes = bytes;
    this.#frames = new FrameMaker(targetId);
    this.#parser = new ExpositionParser(labels);
    const { keys } = this.#parser.table;
    this.#downLayout = { keys: [keys[OWN_SERIES.up]!, keys[OWN_SERIES.durationSeconds]!] };
  }

  /** @throws {BadAnswer} */
  read(answer: Answer, { at, now, durationMs }: ScrapeTime): Scrape {
    const format = formatOf(answer);
    unpack(answer, this.#bytes);
    if (this.#parser.isWorn) this.#parser = new ExpositionParser(this.#labels);
    const samples = this.#parser.parse(this.#bytes, format);
    const { table } = this.#parser;
    table.put(OWN_SERIES.up, 1);
    table.put(OWN_SERIES.durationSeconds, seconds(durationMs));
    table.put(OWN_SERIES.samples, samples);
    return { frames: this.#frames.make(table, at, now), samples };
  }

  /** What is known of a scrape that failed. */
  down(at: EpochMs, durationMs: number): Frame {
    const values = Float64Array.of(0, seconds(durationMs));
    return { targetId: this.#targetId, at, layout: this.#downLayout, values };
  }
}

/** Tenths of a millisecond. */
function seconds(durationMs: number): number {
  return Math.round(durationMs * 10) / 10_000;
}

/** @throws {BadAnswer} when the answer is none of an exporter */
function formatOf({ status, headers }: Answer): ExpositionFormat {
  if (status !== 200) throw new BadAnswer(statusProblem(status));
  const type = String(headers['content-type'] ?? 'text/plain').toLowerCase();
  if (type.startsWith('application/openmetrics-text')) return 'openmetrics';
  if (type.startsWith('text/plain')) return 'text';
  throw new BadAnswer(
    `the answer is ${type}, expected text/plain or application/openmetrics-text. ` +
      'Most exporters show their readings under /metrics: look at the path of the url',
  );
}

function statusProblem(status: number): string {
  if (status === 401 || status === 403)
    return `it refused the request (status ${status}). Set bearer_token to what the exporter expects`;
  if (status >= 300 && status < 400)
    return `it sends elsewhere (status ${status}), which is not followed. Set url to where it sends`;
  if (status === 404)
    return 'nothing is there (status 404). Most exporters show their readings under /metrics';
  return `status ${status}, expected 200`;
}

/** @throws {BadAnswer} when the answer is too large unpacked, or not packed as it says */
function unpack({ headers, chunks, sizeBytes }: Answer, into: Bytes): void {
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') into.fill(chunks, sizeBytes);
  else if (encoding === 'gzip') {
    const unpacked = gunzip(Buffer.concat(chunks));
    into.fill([unpacked], unpacked.length);
  } else throw new BadAnswer(`the answer is encoded as ${encoding}, expected gzip or nothing`);
}

function gunzip(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_EXPOSITION_BYTES });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(MAX_EXPOSITION_BYTES, 'the unpacked answer');
    throw new BadAnswer(`the answer is not gzip: ${(error as Error).message}`, { cause: error });
  }
}
