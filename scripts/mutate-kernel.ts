// Mutates the kernel one small change at a time and runs its tests against each: a survivor is a missing test.
// Survivors that can't be told apart are explained in packages/kernel/MUTATIONS.md; anything else fails the run.

import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';

/** One change to one file. */
interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** `<the source line> :: <what was there> -> <what is there now>`; stable while the line stays as it is. */
  readonly what: string;
}

type Verdict = 'killed' | 'timeout' | 'survived';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'packages/kernel/src');
const EXPLANATIONS = join(ROOT, 'packages/kernel/MUTATIONS.md');
const PARALLEL = 2;
const RUN_LIMIT_MS = 10_000;

const SWAPS: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '%': '*',
  '+=': '-=',
  '-=': '+=',
};

const { values: flags } = parseArgs({
  options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' }, file: { type: 'string' } },
});

const all = await findMutants(flags.file);
const chosen = flags.sample === undefined ? all : sampleOf(all, Number(flags.sample), Number(flags.seed));
console.log(`${all.length} mutants, running ${chosen.length}, ${PARALLEL} at a time`);
const explained = await readExplanations();
const verdicts = await runAll(chosen);
const counts = { killed: 0, timeout: 0, explained: 0, unexplained: 0 };
for (const [mutant, verdict] of verdicts) {
  if (verdict === 'survived') counts[isExplained(mutant) ? 'explained' : 'unexplained'] += 1;
  else counts[verdict] += 1;
}
if (chosen.length === all.length && flags.file === undefined) reportStale(verdicts);
console.log(
  `${chosen.length} mutants: ${counts.killed} killed, ${counts.timeout} timed out, ` +
    `${counts.explained} survived and explained, ${counts.unexplained} survived unexplained`,
);
process.exitCode = counts.unexplained > 0 ? 1 : 0;

async function readExplanations(): Promise<ReadonlySet<string>> {
  const text = await readFile(EXPLANATIONS, 'utf8');
  const indented = text.split('\n').filter((line) => line.startsWith('    '));
  return new Set(indented.map((line) => line.trim()));
}

function nameOf({ file, what }: Mutant): string {
  return `${file}: ${what}`;
}

function isExplained(mutant: Mutant): boolean {
  return explained.has(nameOf(mutant));
}

/** An explanation of what a test kills by now, or of a line that is gone, misleads. */
function reportStale(verdicts: ReadonlyMap<Mutant, Verdict>): void {
  const survived = new Set<string>();
  for (const [mutant, verdict] of verdicts) if (verdict === 'survived') survived.add(nameOf(mutant));
  for (const name of explained) if (!survived.has(name)) console.log(`explained without need\n    ${name}`);
}

function report(mutant: Mutant, verdict: Verdict): void {
  if (verdict === 'killed') return;
  const mark = verdict === 'survived' && isExplained(mutant) ? 'survived (explained)' : verdict;
  console.log(`${mark} ${mutant.file}:${mutant.line}\n    ${nameOf(mutant)}`);
}

async function findMutants(only: string | undefined): Promise<Mutant[]> {
  const names = (await readdir(SOURCE)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const found: Mutant[] = [];
  for (const name of names.sort()) {
    if (only !== undefined && name !== only) continue;
    found.push(...mutantsOf(name, await readFile(join(SOURCE, name), 'utf8')));
  }
  return found;
}

function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const mutants: Mutant[] = [];
  const lines = text.split('\n');
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    for (const [target, replacement] of changesTo(node, source)) {
      const start = target.getStart(source);
      const line = source.getLineAndCharacterOfPosition(start).line;
      const before = target.getText(source).replace(/\s+/g, ' ');
      const what = `${lines[line]?.trim()} :: ${before} -> ${replacement}`;
      mutants.push({ file, line: line + 1, start, end: target.getEnd(), replacement, what });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
}

/** The changes worth trying at a node: pairs of what is replaced and by what. */
function changesTo(node: ts.Node, source: ts.SourceFile): [ts.Node, string][] {
  if (ts.isBinaryExpression(node)) {
    const swapped = SWAPS[node.operatorToken.getText(source)];
    return swapped === undefined ? [] : [[node.operatorToken, swapped]];
  }
  if (ts.isIfStatement(node)) {
    return [
      [node.expression, 'true'],
      [node.expression, 'false'],
    ];
  }
  if (ts.isConditionalExpression(node)) {
    return [
      [node.condition, 'true'],
      [node.condition, 'false'],
    ];
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [[node, node.operand.getText(source)]];
  }
  if (ts.isExpressionStatement(node) && !node.getText(source).startsWith('super(')) return [[node, ';']];
  if (ts.isBreakOrContinueStatement(node)) return [[node, ';']];
  if (ts.isReturnStatement(node) && node.expression === undefined) return [[node, ';']];
  return constantChange(node, source);
}

function constantChange(node: ts.Node, source: ts.SourceFile): [ts.Node, string][] {
  if (ts.isNumericLiteral(node)) return [[node, `(${node.getText(source)} + 1)`]];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [[node, 'false']];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [[node, 'true']];
  return [];
}

function sampleOf(mutants: readonly Mutant[], count: number, seed: number): Mutant[] {
  let state = seed | 0;
  const random = (): number => {
    // A linear congruential generator (Numerical Recipes) is enough to pick a share.
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  return mutants
    .map((mutant) => ({ mutant, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ mutant }) => mutant);
}

async function runAll(mutants: readonly Mutant[]): Promise<ReadonlyMap<Mutant, Verdict>> {
  const waiting = [...mutants];
  const verdicts = new Map<Mutant, Verdict>();
  const work = async (): Promise<void> => {
    const copy = await makeCopy();
    try {
      if ((await runTests(copy)) !== 'survived') throw new Error('the tests fail without any mutation');
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const verdict = await judge(copy, mutant);
        verdicts.set(mutant, verdict);
        report(mutant, verdict);
        if (verdicts.size % 100 === 0) console.log(`${verdicts.size} of ${mutants.length}`);
      }
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return verdicts;
}

/** A folder of its own with the kernel's sources and a way to the installed packages. */
async function makeCopy(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'guardia-mutate-'));
  await cp(SOURCE, join(copy, 'src'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(copy, 'package.json'), '{ "type": "module" }');
  return copy;
}

async function judge(copy: string, mutant: Mutant): Promise<Verdict> {
  const path = join(copy, 'src', mutant.file);
  const original = await readFile(path, 'utf8');
  await writeFile(path, original.slice(0, mutant.start) + mutant.replacement + original.slice(mutant.end));
  try {
    return await runTests(copy);
  } finally {
    await writeFile(path, original);
  }
}

/** Runs the copy's tests until the first failure. A mutant that hangs is killed with all its workers. */
function runTests(copy: string): Promise<Verdict> {
  const args = ['run', '--root', copy, '--bail', '1', '--no-isolate', '--pool', 'forks', '--maxWorkers', '1'];
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, ...args, '--testTimeout', '5000'], {
    cwd: copy,
    stdio: 'ignore',
    detached: true,
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      killGroup(child);
      resolve('timeout');
    }, RUN_LIMIT_MS);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? 'survived' : 'killed');
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
