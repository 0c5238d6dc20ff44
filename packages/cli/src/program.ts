// The command line: its commands, and the exit code of a run. Loading only what the command at hand needs is left
// to the files in commands/.
import { Command, CommanderError } from 'commander';
import { addAgent } from './commands/agent.ts';
import { addBackup, addRestore } from './commands/backup.ts';
import { addCheckConfig } from './commands/check-config.ts';
import { addDemo } from './commands/demo.ts';
import { addExport } from './commands/export.ts';
import { addHub } from './commands/hub.ts';
import { addImport } from './commands/import.ts';
import { addVersion } from './commands/version.ts';
import { VERSION } from './version.ts';

/** Wrong usage and wrong configuration. */
const EXIT_USAGE = 2;

/** Builds the command line. Each command is one file in commands/ and one line here. */
export function buildProgram(): Command {
  const program = new Command('guardia')
    .description('One self-hosted operations hub for a fleet of servers.')
    .version(VERSION, '-V, --version', 'print the version')
    .showHelpAfterError('(guardia --help lists the commands)')
    .addHelpText(
      'after',
      '\nExample:\n  guardia demo              try it on this machine\n  guardia hub -f guardia.yaml',
    );
  program.exitOverride();
  addHub(program);
  addAgent(program);
  addCheckConfig(program);
  addBackup(program);
  addRestore(program);
  addDemo(program);
  addExport(program);
  addImport(program);
  addVersion(program);
  for (const command of program.commands) finish(command, `guardia ${command.name()}`);
  return program;
}

/** Wrong usage is told by the command itself, with where to read on. */
function finish(command: Command, path: string): void {
  command.exitOverride().showHelpAfterError(`(${path} --help says how)`);
  for (const inner of command.commands) finish(inner, `${path} ${inner.name()}`);
}

/** Runs the command that `argv` (without node and script) names. Gives the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await buildProgram().parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed what was wrong; it answers 0 for --help and --version
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
  return Number(process.exitCode ?? 0);
}
