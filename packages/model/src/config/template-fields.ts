// Which fields a template of a webhook may name, and where: what docs/notifiers.md promises, so that a misspelt one is a
// mistake of the configuration instead of a gap in every message. Filling them in is the hub's.
import { suggest } from './suggest.ts';

/** What is within a field; null for a single value. */
interface Fields {
  readonly [name: string]: Fields | null;
}

const single = (...names: readonly string[]): Fields => Object.fromEntries(names.map((name) => [name, null]));

/** Of lists, as mustache reads them: their length, and items by number (see {@link within}). */
const LIST = single('length');

const NOTICE = single('event', 'kind', 'dedupe_key', 'at', 'text', 'is_resolved');
const ALERT: Fields = {
  ...single('id', 'rule', 'instance', 'state', 'severity', 'target_id', 'target_name', 'address', 'group'),
  ...single('value', 'limit', 'unit', 'summary', 'violations', 'pending_since', 'fired_at', 'resolved_at'),
  tags: LIST,
};
const OF_ALERTS: Fields = { ...NOTICE, ...ALERT };
const MESSAGE: Fields = {
  ...NOTICE,
  ...single('version', 'headline', 'more'),
  alert: ALERT,
  alerts: { ...LIST, ...OF_ALERTS },
};

/** A token of mustache: kind, text, beginning, end, and of a section what is within. */
type Token = readonly [kind: string, text: string, start: number, end: number, within?: unknown];

/** A name that nothing has where it stands. */
export interface StrangeField {
  readonly name: string;
  /** In characters. */
  readonly at: number;
  /** What was probably meant. */
  readonly suggestion: string | null;
}

/** The first name in a template that no field has. */
export function strangeField(tokens: readonly Token[]): StrangeField | null {
  return strangeIn(tokens, [MESSAGE]);
}

/** `around`: the fields that names stand for, innermost first. */
function strangeIn(tokens: readonly Token[], around: readonly Fields[]): StrangeField | null {
  for (const [kind, name, at, , inner] of tokens) {
    if (!['name', '&', '#', '^'].includes(kind)) continue;
    const found = find(name, around);
    if (found === undefined)
      return { name, at, suggestion: suggest(name, namesOf(around)) ?? elsewhere(name) };
    const deeper = kind === '#' && found !== null ? [found, ...around] : around;
    const strange = Array.isArray(inner) ? strangeIn(inner as Token[], deeper) : null;
    if (strange !== null) return strange;
  }
  return null;
}

/** As a message is searched: the first part of a name from the inside out, the others within it. */
function find(name: string, around: readonly Fields[]): Fields | null | undefined {
  if (name === '.') return null;
  const [first, ...rest] = name.split('.') as [string, ...string[]];
  const fields = around.find((each) => Object.hasOwn(each, first));
  return rest.reduce<Fields | null | undefined>(within, fields?.[first]);
}

function within(fields: Fields | null | undefined, name: string): Fields | null | undefined {
  if (!fields) return undefined;
  if (Object.hasOwn(fields, 'length') && /^\d+$/.test(name)) return fields === LIST ? null : OF_ALERTS;
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function namesOf(around: readonly Fields[]): string[] {
  const inAlert = Object.keys(ALERT).map((name) => `alert.${name}`);
  return [...around.flatMap((fields) => Object.keys(fields)), ...inAlert];
}

/** What the alerts have, the message has in `alert`. */
function elsewhere(name: string): string | null {
  const meant = suggest(name, Object.keys(ALERT));
  return meant === null ? null : `alert.${meant}`;
}
