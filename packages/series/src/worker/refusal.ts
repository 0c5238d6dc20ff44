// Carries the errors of a question across the thread: they are answers there, so that none of them ends the worker. Which
// questions are refused is left to the query folder.
import { QueryError } from '@guardia/model';
import { QueryCancelled, QueryRefused, type RefusalCode } from '../query/errors.ts';

/** The answer to a question that wasn't answered. */
export interface Refusal {
  readonly refusal:
    | { readonly type: 'cancelled' }
    | { readonly type: 'invalid'; readonly message: string }
    | {
        readonly type: 'refused';
        readonly code: RefusalCode;
        readonly message: string;
        readonly details: QueryRefused['details'];
      };
}

/** Resolves to a refusal where the question was refused, and rejects for everything else. */
export async function orRefusal<T>(answer: Promise<T>): Promise<T | Refusal> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof QueryCancelled) return { refusal: { type: 'cancelled' } };
    if (error instanceof QueryError) return { refusal: { type: 'invalid', message: error.message } };
    if (!(error instanceof QueryRefused)) throw error;
    const { code, message, details } = error;
    return { refusal: { type: 'refused', code, message, details } };
  }
}

/** @throws {QueryRefused} @throws {QueryCancelled} @throws {QueryError} */
export function answered<T extends object>(answer: T | Refusal): T {
  if (!('refusal' in answer)) return answer;
  const { refusal } = answer;
  switch (refusal.type) {
    case 'cancelled':
      throw new QueryCancelled();
    case 'invalid':
      throw new QueryError(refusal.message);
    case 'refused':
      throw new QueryRefused(refusal.code, refusal.message, refusal.details);
  }
}
