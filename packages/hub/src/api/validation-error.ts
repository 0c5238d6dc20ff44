// Says what is wrong with a query parameter: which one, what came, and what would have been fine. The schemas are
// in parameters.ts and with the routes.
import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import { ApiError, invalidParameter, missingParameter } from './errors.ts';
import { FORMATS } from './parameters.ts';

/** The answer to a request whose parameters don't match the schema of their route. */
export function ofValidation(error: FastifyError): ApiError {
  const [problem] = error.validation ?? [];
  if (problem === undefined)
    return new ApiError({ status: 400, code: 'BAD_REQUEST', message: error.message });
  // Ajv adds the value and the schema because of its `verbose` option; Fastify's type doesn't know of it.
  const { data, parentSchema } = problem as {
    data?: unknown;
    parentSchema?: { properties?: Readonly<Record<string, { type?: string }>> };
  };
  const field = problem.instancePath.slice(1).replaceAll('/', '.') || 'body';
  if (problem.keyword === 'required') return missing(problem, parentSchema);
  if (problem.keyword !== 'additionalProperties') return invalidParameter(field, data, limitText(problem));
  const name = String(problem.params.additionalProperty);
  const known = Object.keys(parentSchema?.properties ?? {});
  const limit = known.length === 0 ? 'left out: this takes no parameters' : `one of ${known.join(', ')}`;
  return new ApiError({
    status: 400,
    code: 'UNKNOWN_PARAMETER',
    message: `The parameter '${name}' is unknown; it must be ${limit}.`,
    details: { field: name, limit },
  });
}

function missing(
  { instancePath, params }: FastifySchemaValidationError,
  schema: { properties?: Readonly<Record<string, { type?: string }>> } | undefined,
): ApiError {
  const name = String(params.missingProperty);
  const { type = 'value' } = schema?.properties?.[name] ?? {};
  const path = [...instancePath.split('/').slice(1), name].join('.');
  return missingParameter(path, type === 'string' ? 'a text' : `of type ${type}`);
}

function limitText({ keyword, params, message }: FastifySchemaValidationError): string {
  switch (keyword) {
    case 'minimum':
      return `at least ${params.limit}`;
    case 'maximum':
      return `at most ${params.limit}`;
    case 'type':
      return params.type === 'integer' ? 'a whole number' : `of type ${params.type}`;
    case 'enum':
      return `one of ${(params.allowedValues as readonly string[]).join(', ')}`;
    case 'minLength':
      return params.limit === 1 ? 'a text that is not empty' : `at least ${params.limit} characters`;
    case 'maxLength':
      return `at most ${params.limit} characters`;
    case 'format':
      return FORMATS[String(params.format)]?.limit ?? String(params.format);
    default:
      return message ?? 'valid';
  }
}
