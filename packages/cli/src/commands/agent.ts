// `guardia agent`: the same program as `guardia-agent`, under the one name. Its flags are its own.
import type { Command } from 'commander';

export function addAgent(program: Command): void {
  program
    .command('agent')
    .description("answer this machine's readings over HTTP")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options: object, command: Command) => {
      const { runAgent } = await import('@guardia/agent');
      process.exitCode = await runAgent(command.args, process.env);
    });
}
