// What became of an import, for people and programs: what was mapped, left out, or is to be looked at. Judging that is
// for the importers; no note holds a secret.

import { readable } from './variables.ts';

/** One thing that doesn't map, or maps with a difference. */
interface Note {
  /** `monitor "shop"`. */
  readonly what: string;
  readonly reason: string;
  /** What to do about it; a sentence. */
  readonly next: string;
}

export class Report {
  readonly #leftOut: Note[] = [];
  #toCheck: Note[] = [];
  readonly #mapped = new Map<string, number>();

  /** It isn't in what is written; what was to be checked of it no longer matters. */
  leftOut(what: string, reason: string, next: string): void {
    this.#toCheck = this.#toCheck.filter((note) => note.what !== readable(what));
    add(this.#leftOut, { what, reason, next });
  }

  /** It is written, and not all of it is as it was. */
  toCheck(what: string, reason: string, next: string): void {
    add(this.#toCheck, { what, reason, next });
  }

  /** Whoever it told there is no notifier here. */
  notTold(what: string, who: string): void {
    this.toCheck(what, `${who} is told of it there, and not here`, 'Name another notifier in its alert.');
  }

  mapped(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) if (count > 0) this.#mapped.set(name, count);
  }

  toText(source: string): string {
    const counts = [...this.#mapped].map(([name, count]) => `${name.replaceAll('_', ' ')} ${count}`);
    return [
      `${source}: mapped ${counts.length === 0 ? 'nothing' : counts.join(', ')}`,
      ...listed('left out', this.#leftOut),
      ...listed('to check', this.#toCheck),
    ].join('\n');
  }

  toJson(source: string): string {
    const mapped = Object.fromEntries(this.#mapped);
    return JSON.stringify({ source, mapped, left_out: this.#leftOut, to_check: this.#toCheck }, null, 2);
  }
}

function add(notes: Note[], note: Note): void {
  const [what, reason] = [readable(note.what), readable(note.reason)];
  if (!notes.some((other) => what === other.what && reason === other.reason))
    notes.push({ ...note, what, reason });
}

/** Those with the same reason under one another. */
function listed(title: string, notes: readonly Note[]): string[] {
  if (notes.length === 0) return [];
  const groups = Map.groupBy(notes, ({ reason, next }) => `${reason}. ${next}`);
  const lines = [...groups].flatMap(([why, group]) => [
    `  ${why}`,
    ...group.map(({ what }) => `    ${what}`),
  ]);
  return ['', `${title} (${new Set(notes.map(({ what }) => what)).size}):`, ...lines];
}
