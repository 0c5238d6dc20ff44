// Reads values of files whose shape is another program's: what is missing, empty or of another kind is undefined. What
// the values mean is for the importers.

/** A map of which nothing is certain. */
export class Fields {
  readonly values: Readonly<Record<string, unknown>>;

  constructor(values: unknown) {
    this.values = isRecord(values) ? values : {};
  }

  /** Numbers count as their text; a text of blanks alone is none. */
  text(key: string): string | undefined {
    const value = this.values[key];
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  }

  number(key: string): number | undefined {
    const value = Number(this.text(key));
    return Number.isFinite(value) ? value : undefined;
  }

  /** SQLite's 1 and "1" count as well; undefined where nothing is said. */
  flag(key: string): boolean | undefined {
    const value = this.values[key];
    if (value === undefined || value === null || value === '') return undefined;
    return value === true || value === 1 || value === '1' || value === 'true';
  }

  map(key: string): Fields {
    return new Fields(this.values[key]);
  }

  has(key: string): boolean {
    const value = this.values[key];
    return value !== undefined && value !== null;
  }

  list(key: string): readonly unknown[] {
    const value = this.values[key];
    return Array.isArray(value) ? value : [];
  }

  maps(key: string): Fields[] {
    return this.list(key)
      .filter(isRecord)
      .map((each) => new Fields(each));
  }

  texts(key: string): string[] {
    return this.list(key).map(String);
  }

  /** Those with a text, of a map of texts; undefined where there are none. */
  textMap(key: string): Record<string, string> | undefined {
    const entries = Object.entries(this.map(key).values).filter(([, value]) => typeof value !== 'object');
    return entries.length === 0
      ? undefined
      : Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the text is in JSON; undefined where it is none. */
export function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
