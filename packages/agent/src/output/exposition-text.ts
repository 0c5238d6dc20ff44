// Builds the Prometheus text format and OpenMetrics from families and samples. Which families there are is left
// to exposition.ts.

export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** One exposition under construction. Values must be finite. */
export class ExpositionText {
  readonly #format: ExpositionFormat;
  #name = '';
  #text = '';

  constructor(format: ExpositionFormat) {
    this.#format = format;
  }

  /** Begins a metric; the samples that follow belong to it. OpenMetrics names a counter without `_total` here. */
  family(type: 'counter' | 'gauge', name: string, help: string): this {
    const named =
      this.#format === 'openmetrics' && type === 'counter' && name.endsWith('_total')
        ? name.slice(0, -6)
        : name;
    this.#name = name;
    this.#text += `# HELP ${named} ${help}\n# TYPE ${named} ${type}\n`;
    return this;
  }

  /** @param labels as `label` and `labels` write them, '' for none */
  sample(value: number, labels = ''): this {
    this.#text += labels === '' ? `${this.#name} ${value}\n` : `${this.#name}{${labels}} ${value}\n`;
    return this;
  }

  /** A metric with one sample, or none at all when there is no reading. */
  single(type: 'counter' | 'gauge', name: string, help: string, value: number | null | undefined): this {
    return value === null || value === undefined ? this : this.family(type, name, help).sample(value);
  }

  end(): string {
    return this.#format === 'openmetrics' ? `${this.#text}# EOF\n` : this.#text;
  }
}

/** `name="value"`, with backslash, quote and line feed escaped. */
export function label(name: string, value: string): string {
  const escaped = /[\\"\n]/.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : value;
  return `${name}="${escaped}"`;
}

export function labels(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => label(name, value))
    .join(',');
}
