// `guardia check-config FILE`: every mistake of a configuration at once, without starting anything.
import { formatProblems, type HubConfig, loadConfigFile } from '@guardia/model';
import type { Command } from 'commander';
import { type OutputFormat, outputOption } from '../output.ts';

type Loaded = Awaited<ReturnType<typeof loadConfigFile>>;

export function addCheckConfig(program: Command): void {
  program
    .command('check-config')
    .description('check a configuration file; names every mistake at once')
    .argument('<file>', 'configuration: YAML, TOML or JSON by extension')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  guardia check-config guardia.yaml')
    .action(async (file: string, options: { output: OutputFormat }) => {
      const loaded = await loadConfigFile(file, { env: process.env });
      console.log(options.output === 'json' ? asJson(file, loaded) : asText(file, loaded));
      if (!loaded.ok) process.exitCode = 2;
    });
}

function asText(file: string, loaded: Loaded): string {
  if (!loaded.ok)
    return `${formatProblems(loaded.problems)}\n${file}: ${count(loaded.problems.length, 'mistake')}`;
  const warnings = loaded.config.warnings.map((warning) => `warning: ${warning}`);
  return [...warnings, `${file}: fine; ${contents(loaded.config)}`].join('\n');
}

function asJson(file: string, loaded: Loaded): string {
  const answer = loaded.ok
    ? { file, ok: true, problems: [], warnings: loaded.config.warnings }
    : { file, ok: false, problems: loaded.problems, warnings: [] };
  return JSON.stringify(answer, null, 2);
}

function contents({ servers, exporters, services, notifiers }: HubConfig): string {
  return [
    count(servers.length, 'server'),
    ...(exporters.length === 0 ? [] : [count(exporters.length, 'exporter')]),
    count(services.length, 'service'),
    count(notifiers.length, 'notifier'),
  ].join(', ');
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
