// The series of one exporter by number: their sample keys, and what the scrape under way said of each. How they were
// written is the parser's business; which of them make a frame is left to the frame maker.
import { type EpochMs, type SampleKey, sampleKey } from '@guardia/model';

/** Series that one exporter may show; storage has a limit of its own, far below. */
export const MAX_SERIES = 200_000;
const FIRST_CAPACITY = 128;

/** Numbers of the series that the hub itself writes at each scrape; one that the exporter shows gives way. */
export const OWN_SERIES = { up: 0, durationSeconds: 1, samples: 2 } as const;
const OWN_NAMES = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped'];

/** A label that the hub gives rows of its own; an exporter's is renamed as one that clashes. */
const TARGET_LABEL = 'target';
/** What a stored key has a meaning for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE_IN_NAMES = /[\u0000-\u0020"\\{}=,]/g;

/** A sample with a time of its own. */
export interface StampedSample {
  readonly series: number;
  readonly at: EpochMs;
  readonly value: number;
}

export class SeriesTable {
  readonly keys: SampleKey[] = [];
  /** By series: the newest value, and the number of the scrape that it came in. */
  values = new Float64Array(FIRST_CAPACITY);
  seenIn = new Uint32Array(FIRST_CAPACITY);
  /** Number of the scrape under way, from 1. */
  scrape = 0;
  /** Series that the scrape has shown so far. */
  seen = 0;
  stamped: StampedSample[] = [];
  readonly #numbers = new Map<SampleKey, number>();
  readonly #labels: Readonly<Record<string, string>>;
  readonly #reserved: ReadonlySet<string>;

  /** @param labels added to every series */
  constructor(labels: Readonly<Record<string, string>>) {
    this.#labels = labels;
    this.#reserved = new Set([...Object.keys(labels), TARGET_LABEL]);
    for (const name of OWN_NAMES) this.add(name, new Map());
  }

  get isFull(): boolean {
    return this.keys.length === MAX_SERIES;
  }

  begin(): void {
    this.scrape += 1;
    this.seen = 0;
    this.stamped = [];
  }

  put(series: number, value: number): void {
    this.values[series] = value;
    if (this.seenIn[series] === this.scrape) return;
    this.seenIn[series] = this.scrape;
    this.seen += 1;
  }

  putStamped(sample: StampedSample): void {
    this.stamped.push(sample);
  }

  /** The number of a series; a new one when it wasn't there, -1 when there are too many. */
  add(name: string, labels: ReadonlyMap<string, string>): number {
    const key = sampleKey(safeName(name), this.#ownLabels(labels));
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const series = this.keys.length;
    if (this.isFull) return -1;
    this.keys.push(key);
    this.#numbers.set(key, series);
    if (series === this.values.length) this.#grow();
    return series;
  }

  /** An empty value is as good as no label. */
  #ownLabels(labels: ReadonlyMap<string, string>): Record<string, string> {
    const all: [string, string][] = Object.entries(this.#labels);
    for (const [label, value] of labels) {
      let name = safeName(label);
      while (this.#reserved.has(name) || (name !== label && labels.has(name))) name = `exported_${name}`;
      all.push([name, value]);
    }
    return Object.fromEntries(all.filter(([, value]) => value !== ''));
  }

  #grow(): void {
    const { values, seenIn } = this;
    this.values = new Float64Array(2 * values.length);
    this.values.set(values);
    this.seenIn = new Uint32Array(2 * seenIn.length);
    this.seenIn.set(seenIn);
  }
}

function safeName(name: string): string {
  return name.replace(UNSAFE_IN_NAMES, '_');
}
