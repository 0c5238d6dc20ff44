// Reads what somebody asks a vantage point to check: a closed set of types, each with its own fields and no others. What
// a field's value must be is the table of spec-fields.ts.
import { GuardiaError } from '@guardia/model';
import type { RunnableSpec } from './registry.ts';
import { type FieldKind, isObject, SPEC_FIELDS } from './spec-fields.ts';

const MAX_SHOWN_CHARACTERS = 80;

/** What was asked isn't a check. The message names field, value and limit, and no secret. */
export class CheckSpecInvalid extends GuardiaError {
  readonly code = 'CHECK_SPEC_INVALID';
}

/** Reads a spec that came as JSON. All fields must be there: defaults are applied by whoever asks.
 *  @throws {CheckSpecInvalid} */
export function readCheckSpec(value: unknown): RunnableSpec {
  if (!isObject(value)) throw new CheckSpecInvalid(`check: ${shown(value)}, must be an object`);
  const { type, ...fields } = value;
  const kinds = fieldsOf(type);
  for (const [field, kind] of Object.entries(kinds)) readField(field, kind, fields);
  const foreign = Object.keys(fields).find((field) => !Object.hasOwn(kinds, field));
  if (foreign !== undefined) {
    const known = Object.keys(kinds).join(', ');
    throw new CheckSpecInvalid(`${short(foreign)}: not a field of ${type}; its fields are ${known}`);
  }
  return value as unknown as RunnableSpec; // every field was held against the table, which the types hold to the spec
}

function fieldsOf(type: unknown): Readonly<Record<string, FieldKind>> {
  if (typeof type === 'string' && Object.hasOwn(SPEC_FIELDS, type))
    return SPEC_FIELDS[type as RunnableSpec['type']];
  const known = Object.keys(SPEC_FIELDS).join(', ');
  const push = type === 'push' ? ' (a push check asks nothing: it is judged where the reports come in)' : '';
  throw new CheckSpecInvalid(`type: ${shown(type)}, must be one of ${known}${push}`);
}

function readField(field: string, kind: FieldKind, fields: Readonly<Record<string, unknown>>): void {
  if (!Object.hasOwn(fields, field)) throw new CheckSpecInvalid(`${field}: missing, must be ${kind.limit}`);
  if (kind.accepts(fields[field])) return;
  const got = kind.isSecret === true ? 'not usable' : shown(fields[field]);
  throw new CheckSpecInvalid(`${field}: ${got}, must be ${kind.limit}`);
}

function shown(value: unknown): string {
  return short(JSON.stringify(value) ?? 'missing');
}

function short(text: string): string {
  return text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}
