// Asks storage for the series of all rules, a few selectors at a time. What is asked is prepared.ts's, what follows from the
// answers looking.ts's.
import type { Clock } from '@guardia/kernel';
import { type EpochMs, GuardiaError, type QueryAnswer } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { Question } from './prepared.ts';

/** Beyond these storage refuses, and the rule is unknown. */
const LIMITS = { maxSeries: 50_000 };

/** Rows that are asked for at the same time: enough that storage reads a target once for several selectors, few enough that
 *  it needn't hold many at once. */
const ROWS_AT_ONCE = 5_000;

export type Answers = ReadonlyMap<Question, QueryAnswer | GuardiaError>;

interface Asked {
  readonly clock: Clock;
  readonly series: Pick<SeriesStore, 'query'>;
}

/** All of them are about the same moment. Those that are asked together go through the targets side by side, so that storage
 *  writes what is waiting, and reads the blocks of a target, once for all of them. */
export async function askAll(questions: readonly Question[], { clock, series }: Asked): Promise<Answers> {
  const end = Math.round(clock.wall());
  const answers = new Map<Question, QueryAnswer | GuardiaError>();
  for (const together of inGroups(questions)) {
    const asked = together.map(async (question) => {
      const answer = await orError(ask(question, end, series));
      question.rows = answer instanceof GuardiaError ? Number.POSITIVE_INFINITY : answer.rows.length;
      answers.set(question, answer);
    });
    await Promise.all(asked);
  }
  return answers;
}

/** Of one window each; one whose rows aren't known is asked by itself. */
function inGroups(questions: readonly Question[]): Question[][] {
  const groups: Question[][] = [];
  let rows = 0;
  for (const question of questions) {
    const group = groups.at(-1);
    rows += question.rows;
    if (group?.[0]?.windowMs === question.windowMs && rows <= ROWS_AT_ONCE) group.push(question);
    else {
      groups.push([question]);
      rows = question.rows;
    }
  }
  return groups;
}

/** One step that ends with the moment: steps on the usual grid would end up to a window before. */
function ask({ node, windowMs }: Question, end: EpochMs, series: Asked['series']): Promise<QueryAnswer> {
  const start = end + 1 - windowMs;
  return series.query({ node, start, end, stepMs: windowMs, origin: start }, LIMITS);
}

export async function orError<T>(answer: Promise<T>): Promise<T | GuardiaError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GuardiaError) return error;
    throw error;
  }
}
