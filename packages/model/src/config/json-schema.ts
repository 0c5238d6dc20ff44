// The configuration's JSON Schema, for editors, and the table of its keys, for people. Both come from schema.ts;
// writing them to files is scripts/config-schema.ts's.
import { z } from 'zod';
import { fileSchema } from './schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (2020-12) of a configuration file as it is written. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(fileSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.properties === undefined) return;
      jsonSchema.patternProperties = { '^_': {} };
      const required = (jsonSchema.required ?? []).filter(
        (key) => !(`${key}_file` in jsonSchema.properties!),
      );
      if (required.length > 0) jsonSchema.required = required;
      else delete jsonSchema.required;
    },
  });
  return { ...schema, title: 'Guardia hub configuration' };
}

/** One line per key as a Markdown table: path, kind, what it is. `[]` stands for each item, `<name>` for any name. */
export function configKeyTable(): string {
  const root = configJsonSchema();
  const rows = keyRows(root, { root, path: '' });
  return ['| key | value | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

interface Place {
  readonly root: JsonSchema;
  readonly path: string;
}

function keyRows(schema: JsonSchema, { root, path }: Place): string[] {
  const { properties, items, additionalProperties } = schema;
  if (items !== undefined && !Array.isArray(items)) return rowsBelow(items, { root, path: `${path}[]` });
  const rows = Object.entries(properties ?? {}).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (isPolicyOfLimit(at)) return [];
    const below = isDescribedOnce(at) ? [] : rowsBelow(value, { root, path: at });
    return [row(at, value, root), ...below];
  });
  return typeof additionalProperties === 'object'
    ? [...rows, ...rowsBelow(additionalProperties, { root, path: `${path}.<name>` })]
    : rows;
}

/** What the defaults take stands in the table once, at servers, exporters and services. */
function isDescribedOnce(path: string): boolean {
  return /^defaults\.(server|exporter|service)$/.test(path);
}

/** Every limit takes the same policy; the guide says so once. */
function isPolicyOfLimit(path: string): boolean {
  return /\.(limits\.\w+|unreachable)\.(?!limit$|sensor$)\w+$/.test(path);
}

function rowsBelow(value: z.core.JSONSchema._JSONSchema, place: Place): string[] {
  if (typeof value === 'boolean') return [];
  return keyRows(follow(value, place.root), place);
}

/** A schema with its `$ref` followed; its own words win. */
function follow(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = schema.$ref?.replace('#/$defs/', '');
  const target = name === undefined ? {} : (root.$defs?.[name] ?? {});
  return { ...target, ...schema };
}

function row(path: string, value: z.core.JSONSchema._JSONSchema, root: JsonSchema): string {
  const schema = typeof value === 'boolean' ? {} : follow(value, root);
  return `| \`${path}\` | ${kindOf(schema)} | ${schema.description ?? ''} |`;
}

function kindOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.join(', ');
  if (schema.anyOf !== undefined) return 'one or several';
  const types = [schema.type ?? []].flat();
  if (schema.pattern?.includes('\\d+h') === true) return 'duration';
  const words: Record<string, string> = {
    object: 'map',
    array: 'list',
    string: 'text',
    boolean: 'true, false',
  };
  const type = types[0] ?? 'text';
  return `${words[type] ?? 'number'}${range(schema)}`;
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, at least ${minimum}, below ${exclusiveMaximum}`;
  if (exclusiveMinimum === undefined) return '';
  return exclusiveMaximum === undefined
    ? `, above ${exclusiveMinimum}`
    : `, above ${exclusiveMinimum}, below ${exclusiveMaximum}`;
}
