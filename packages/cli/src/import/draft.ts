// A configuration in the making: its entries with the names of what they came from. Which entries there are is for the
// importers, whether they can be loaded is verify.ts's, and writing them is fragment.ts's.
import { Report } from './report.ts';

export type Values = Readonly<Record<string, unknown>>;

export interface Entry {
  /** A witness has an `address` alone. */
  readonly section: 'alerts' | 'services' | 'silences' | 'maintenance' | 'witnesses';
  /** Of a notifier or service; undefined for the others. */
  readonly name?: string;
  readonly values: Values;
  /** `monitor "shop"`. */
  readonly origin: string;
  /** Written as a comment, to be filled in. */
  readonly isTemplate: boolean;
}

/** Keys of what is DEGRADED where it isn't met. */
const EXPECTATIONS = [
  'body_pattern',
  'json_path',
  'expected_headers',
  'expect',
  'expected_answers',
  'degraded_ms',
];

export class Draft {
  readonly report = new Report();
  readonly #names = new Map<string, Set<string>>();
  #entries: Entry[] = [];

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** @returns the name it got: the wanted one, or that with a number where it is taken */
  notifier(origin: string, wanted: string, values: Values): string {
    const name = this.#nameOf('alerts', wanted);
    this.#entries.push({ section: 'alerts', name, values, origin, isTemplate: false });
    return name;
  }

  /** @returns as {@link notifier} */
  service(
    origin: string,
    { name: wanted, ...values }: Values & { name: string },
    isTemplate = false,
  ): string {
    const name = this.#nameOf('services', wanted);
    if (name !== wanted)
      this.report.toCheck(origin, `it is called "${name}" here`, 'Names must differ and fit one line.');
    this.#entries.push({ section: 'services', name, values: { name, ...values }, origin, isTemplate });
    if (EXPECTATIONS.some((key) => values[key] !== undefined))
      this.report.toCheck(
        origin,
        'where it answers, but not as expected, it is DEGRADED, not DOWN',
        'That is told as a warning.',
      );
    return name;
  }

  plan(origin: string, section: 'silences' | 'maintenance' | 'witnesses', values: Values): void {
    this.#entries.push({ section, values, origin, isTemplate: false });
  }

  remove(refused: ReadonlySet<Entry>): void {
    const notifiers = new Map([...refused].filter(isNotifier).map(({ name, origin }) => [name, origin]));
    this.#entries = this.#entries
      .filter((entry) => !refused.has(entry))
      .map((entry) => this.#without(notifiers, entry));
  }

  /** @param gone the names of notifiers, with what they came from */
  #without(gone: ReadonlyMap<string | undefined, string>, entry: Entry): Entry {
    const { alert, ...rest } = entry.values;
    if (!Array.isArray(alert)) return entry;
    const left = alert.filter((name: string) => !gone.has(name));
    for (const name of alert) if (gone.has(name)) this.report.notTold(entry.origin, gone.get(name)!);
    return { ...entry, values: left.length === 0 ? rest : { ...entry.values, alert: left } };
  }

  #nameOf(section: string, wanted: string): string {
    const taken = this.#names.get(section) ?? new Set();
    this.#names.set(section, taken);
    const base =
      wanted
        .replace(/\p{Cc}+/gu, ' ')
        .replace(/^[_\s]+/, '')
        .trim()
        .slice(0, 190) || 'unnamed';
    let name = base;
    for (let n = 2; taken.has(name); n += 1) name = `${base} (${n})`;
    taken.add(name);
    return name;
  }
}

function isNotifier({ section }: Entry): boolean {
  return section === 'alerts';
}
