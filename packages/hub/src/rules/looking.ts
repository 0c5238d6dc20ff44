// One look at everything that rules are about: how targets are doing, which alerts fire, what storage answers. What follows
// from it is life.ts's.
import type { Clock } from '@guardia/kernel';
import { type Alert, GuardiaError, type QueryNode, type QueryRow, type TargetId } from '@guardia/model';
import { evaluate, type SeriesNode, type SeriesStore } from '@guardia/series';
import type { AlertQuery, AlertReader } from '../alerts/public.ts';
import { type Answers, askAll, orError } from './asking.ts';
import { countFinding } from './count-rule.ts';
import type { Standing } from './counts.ts';
import { type Finding, RULE } from './finding.ts';
import type { Prepared, PreparedRule } from './prepared.ts';
import type { RuleTarget, TargetState } from './public.ts';
import { seriesFindings } from './series-rule.ts';

export interface Sources {
  readonly clock: Clock;
  readonly series: Pick<SeriesStore, 'query'>;
  readonly alerts: Pick<AlertReader, 'current'>;
  stateOf(target: RuleTarget): TargetState;
  /** Nothing can be known while the hub doesn't see. */
  isBlind(): boolean;
}

const PAGE = 5_000;

/** What is found of a rule at this look; an error where nothing can be known. */
type Finder = (rule: PreparedRule) => readonly Finding[] | GuardiaError;

/** Asks all there is to ask; what that says of each rule is worked out rule by rule. */
export async function lookAt(
  { questions, targets, byId, needsFiring }: Prepared,
  sources: Sources,
): Promise<Finder> {
  const answers = await askAll(questions, sources);
  const firing = needsFiring ? await orError(firingTargets(sources)) : new Set<TargetId>();
  if (firing instanceof GuardiaError) return () => firing;
  const standing: Standing = { states: targets.map((target) => sources.stateOf(target)), firing };
  return (rule) => {
    if (rule.members.length === 0) return [];
    if (rule.questions === null) return [countFinding(rule, targets, standing)];
    return valueOrError(() => seriesFindings(rule, rowsOf(rule, answers), byId));
  };
}

/** The rows of its expression.
 *  @throws {GuardiaError} what storage refused, or an expression whose rows don't meet */
function rowsOf({ rule, questions }: PreparedRule, answers: Answers): readonly QueryRow[] {
  const read = (selector: SeriesNode): readonly QueryRow[] => {
    const answer = answers.get(questions!.get(selector)!)!;
    if (answer instanceof GuardiaError) throw answer;
    return answer.rows;
  };
  return evaluate(rule.condition.node as QueryNode, read, 1);
}

/** Alerts of rules themselves don't count. */
async function firingTargets({ alerts }: Sources): Promise<Set<TargetId>> {
  const current = await allCurrent(alerts, { state: 'firing' });
  return new Set(current.filter(({ rule }) => rule !== RULE).map(({ targetId }) => targetId));
}

/** All current alerts, page by page. */
export async function allCurrent(
  alerts: Sources['alerts'],
  query: Omit<AlertQuery, 'limit' | 'offset'>,
): Promise<Alert[]> {
  const found: Alert[] = [];
  for (let isMore = true; isMore; ) {
    const page = await alerts.current({ ...query, limit: PAGE, offset: found.length });
    found.push(...page);
    isMore = page.length === PAGE;
  }
  return found;
}

function valueOrError<T>(make: () => T): T | GuardiaError {
  try {
    return make();
  } catch (error) {
    if (error instanceof GuardiaError) return error;
    throw error;
  }
}
