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
const survivors = await runAll(chosen);
const explained = await readFile(EXPLANATIONS, 'utf8').catch(() => '');
const unexplained = survivors.filter(({ file, what }) => !explained.includes(`${file}: ${what}`));
for (const mutant of survivors) {
  const mark = unexplained.includes(mutant) ? 'survived' : 'survived (explained)';
  console.log(`${mark} ${mutant.file}:${mutant.line}\n    ${mutant.file}: ${mutant.what}`);
}
const killed = chosen.length - survivors.length;
console.log(
  `killed ${killed} of ${chosen.length}, survived ${survivors.length}, unexplained ${unexplained.length}`,
);
process.exitCode = unexplained.length > 0 ? 1 : 0;

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

async function runAll(mutants: readonly Mutant[]): Promise<Mutant[]> {
  const waiting = [...mutants];
  const survivors: Mutant[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    const copy = await makeCopy();
    try {
      if ((await runTests(copy)) !== 'survived') throw new Error('the tests fail without any mutation');
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        if ((await judge(copy, mutant)) === 'survived') survivors.push(mutant);
        done += 1;
        if (done % 100 === 0)
          console.log(`${done} of ${mutants.length}, survived so far ${survivors.length}`);
      }
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return survivors.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
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
