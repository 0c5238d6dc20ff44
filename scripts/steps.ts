// Runs the steps of the test command one after the other and says for each what it took. Leaves to the caller
// which steps there are; a failed step doesn't hide the ones after it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

export interface Step {
  readonly name: string;
  run(): Promise<boolean>;
}

/** Runs a program of node_modules/.bin or of the system with argv, never through a shell. */
export async function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** As `run`, but gives what the program printed on standard output. */
export async function capture(
  program: string,
  args: readonly string[],
): Promise<{ code: number; out: string }> {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, out };
}

/** A step that is one program; it passes when the program exits with 0. */
export function program(name: string, file: string, args: readonly string[]): Step {
  return { name, run: async () => (await run(file, args)) === 0 };
}

/** Runs all steps and prints the table at the end. True when all passed. */
export async function runSteps(steps: readonly Step[]): Promise<boolean> {
  const lines: string[] = [];
  let passed = true;
  for (const step of steps) {
    console.log(`\n== ${step.name}`);
    const startedAt = performance.now();
    const ok = await step.run();
    passed &&= ok;
    lines.push(
      `${ok ? 'pass' : 'FAIL'}  ${step.name}  ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
    );
  }
  console.log(`\n${lines.join('\n')}\n${passed ? 'all passed' : 'FAILED'}`);
  return passed;
}
