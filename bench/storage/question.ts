// How questions are timed, on our store and on the peers, and how their answers are held against each other. The
// questions themselves are in query.ts.
import type { Report } from '../lib/report.ts';
import type { Peer } from './peer.ts';

const WARM_UPS = 3;
const RUNS = 20;

/** What an answer held: a fast answer that is empty or wrong is no figure. */
export interface Answer {
  readonly rows: number;
  readonly values: number;
  readonly sum: number;
}

/** One figure of query time. Each run asks for other series or another time, so that answers aren't just remembered. */
export interface Question {
  readonly name: string;
  readonly limitMs: number;
  /** Whether a quick run asks it of less data. */
  readonly shortened?: boolean;
  /** What must be in each answer. */
  readonly rows: number;
  readonly values: number;
  ours(run: number): Promise<unknown>;
  /** Reads an answer of `ours`. */
  read(answer: unknown): Answer;
  /** The same question as path and query of the Prometheus API. */
  promPath(run: number): string;
}

/** Makes a question; `read` gets what `ours` answered. */
export function question<T>(
  parts: Omit<Question, 'ours' | 'read'> & { ours(run: number): Promise<T>; read(answer: T): Answer },
): Question {
  return { ...parts, read: (answer) => parts.read(answer as T) };
}

/** The first answer of ours to each question, for comparison with the peers'. */
export type Expected = ReadonlyMap<string, Answer>;

/** Times all questions on our store. @throws when an answer doesn't hold what it must */
export async function measureOurs(report: Report, questions: readonly Question[]): Promise<Expected> {
  const expected = new Map<string, Answer>();
  for (const each of questions) {
    const { medianMs, p95Ms } = await time(each.ours, (answer, run) => {
      const read = each.read(answer);
      refuseOther(each, run, read);
      if (run === 0) expected.set(each.name, read);
    });
    const shortened = each.shortened ?? false;
    report.figure(each.name, medianMs, 'ms', { op: '<', value: each.limitMs }, { shortened });
    report.note(`${each.name}: p95 ${p95Ms.toFixed(2)} ms, ${each.rows} series, ${each.values} values`);
  }
  return expected;
}

function refuseOther({ name, rows, values }: Question, run: number, answer: Answer): void {
  if (answer.rows === rows && answer.values === values) return;
  throw new Error(
    `${name}, run ${run}: ${answer.rows} series with ${answer.values} values, expected ${rows} with ${values}`,
  );
}

/** Times the same questions on a peer, and says where its first answer isn't ours. */
export async function measurePeer(
  report: Report,
  peer: Peer,
  { questions, expected }: { questions: readonly Question[]; expected: Expected },
): Promise<void> {
  for (const each of questions) {
    const theirs = readMatrix(await peer.ask(each.promPath(0)));
    const { medianMs } = await time((run) => peer.ask(each.promPath(run)));
    report.peer(peer.name, each.name, medianMs, 'ms');
    const ours = expected.get(each.name)!;
    const apart = Math.abs(theirs.sum - ours.sum) / Math.abs(ours.sum);
    if (theirs.values !== ours.values || apart > 1e-6)
      report.note(
        `${peer.name} answers ${each.name} with ${theirs.values} values that differ by ${(apart * 100).toPrecision(2)} %`,
      );
  }
}

/** Answers to range and instant queries of the Prometheus API. */
function readMatrix(text: string): Answer {
  type Row = { values?: [number, string][]; value?: [number, string] };
  const { data } = JSON.parse(text) as { data: { result: Row[] } };
  const values = data.result.flatMap((row) => row.values ?? [row.value!]).map(([, value]) => Number(value));
  return { rows: data.result.length, values: values.length, sum: values.reduce((a, b) => a + b, 0) };
}

/** Median and 95th percentile of the runs after the warm-ups; looking at the answers isn't timed. */
async function time<T>(
  ask: (run: number) => Promise<T>,
  look: (answer: T, run: number) => void = () => {},
): Promise<{ medianMs: number; p95Ms: number }> {
  const tookMs: number[] = [];
  for (let run = 0; run < WARM_UPS + RUNS; run++) {
    const startedAt = performance.now();
    const answer = await ask(run);
    if (run >= WARM_UPS) tookMs.push(performance.now() - startedAt);
    look(answer, run);
  }
  tookMs.sort((a, b) => a - b);
  return { medianMs: tookMs[RUNS / 2]!, p95Ms: tookMs[Math.floor(RUNS * 0.95)]! };
}
