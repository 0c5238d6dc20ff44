// The error of a selector, an expression or a regular expression that can't be used, made for the person who wrote it.
// What answer or exit code follows is left to whoever asked.
import { GuardiaError } from '../errors.ts';

/** Text of a query that isn't understood, or a tree that can't be evaluated. */
export class QueryError extends GuardiaError {
  readonly code = 'QUERY_INVALID';
}

const MAX_QUOTED_CHARACTERS = 20;

/** Text at fault, short enough for a message. */
export function quoted(text: string): string {
  const shown = text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text;
  return `'${shown}'`;
}
