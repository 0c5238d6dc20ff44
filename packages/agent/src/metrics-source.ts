// Gives the machine's metrics in each format, from readings taken at most once a second however often it is
// asked. Who may ask, and over which address, is left to the routes.
import type { AgentClock } from './clock.ts';
import { toExposition } from './output/exposition.ts';
import type { ExpositionFormat } from './output/exposition-text.ts';
import { toAgentMetrics } from './output/json.ts';
import type { MachineReading, Readings } from './readings.ts';

/** How long a reading answers everyone. */
const READING_AGE_MS = 1000;

export type MetricsFormat = 'json' | ExpositionFormat;

interface Taken {
  readonly atMs: number;
  readonly reading: Promise<MachineReading>;
  /** False while the reading is being taken. */
  settled: boolean;
  readonly texts: Map<MetricsFormat, string>;
}

export class MetricsSource {
  readonly #readings: Readings;
  readonly #clock: AgentClock;
  readonly #version: string;
  #taken: Taken | null = null;

  constructor(readings: Readings, clock: AgentClock, version: string) {
    this.#readings = readings;
    this.#clock = clock;
    this.#version = version;
  }

  /** The metrics as text. Those who ask within one second share one reading, also while it is being taken. */
  async text(format: MetricsFormat): Promise<string> {
    const taken = this.#current();
    const reading = await taken.reading;
    let text = taken.texts.get(format);
    if (text === undefined) {
      text = this.#written(reading, format);
      taken.texts.set(format, text);
    }
    return text;
  }

  /** Takes the first reading, so that the next one has something to compare processor times with. If it fails,
   *  whoever asks is told. */
  async prime(): Promise<void> {
    await this.#current().reading.catch(() => {});
  }

  #current(): Taken {
    const atMs = this.#clock.mono();
    const last = this.#taken;
    if (last !== null && (!last.settled || atMs - last.atMs < READING_AGE_MS)) return last;
    const taken: Taken = { atMs, reading: this.#readings.take(), settled: false, texts: new Map() };
    const settle = () => {
      taken.settled = true;
    };
    taken.reading.then(settle, settle);
    this.#taken = taken;
    return taken;
  }

  #written(reading: MachineReading, format: MetricsFormat): string {
    return format === 'json'
      ? JSON.stringify(toAgentMetrics(reading, this.#version))
      : toExposition(reading, this.#version, format);
  }
}
