// `guardia hub`: the monitor itself. Loading the configuration, signals and exit codes are the hub's own business.
import { type Command, Option } from 'commander';

interface HubOptions {
  readonly config: string;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
}

export function addHub(program: Command): void {
  program
    .command('hub')
    .description('watch servers and services, raise alerts, answer the API')
    .requiredOption('-f, --config <file>', 'configuration: YAML, TOML or JSON by extension')
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .addHelpText(
      'after',
      '\nExample:\n  guardia hub -f /etc/guardia/guardia.yaml --log-format json\n\n' +
        'SIGTERM and SIGINT stop it cleanly, SIGHUP reloads the configuration.',
    )
    .action(async (options: HubOptions) => {
      const { runHub } = await import('@guardia/hub');
      process.exitCode = await runHub({ ...options, file: options.config });
    });
}

function logLevelOption(): Option {
  return new Option('--log-level <level>', 'least severe line that is logged')
    .choices(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info');
}

function logFormatOption(): Option {
  const onTerminal = process.stdout.isTTY === true;
  return new Option('--log-format <format>', 'pretty for people, json for programs')
    .choices(['json', 'pretty'])
    .default(onTerminal ? 'pretty' : 'json');
}
