// `guardia import …`: a configuration out of that of Uptime Kuma, Gatus or blackbox_exporter. Reading and mapping are
// in import/; here are arguments, the file that is written, and the report.
import { open, rename, rm } from 'node:fs/promises';
import { GuardiaError } from '@guardia/model';
import { type Command, InvalidArgumentError } from 'commander';
import { failureText } from '../failure.ts';
import type { Target } from '../import/blackbox/blackbox.ts';
import type { Source } from '../import/run.ts';

interface Options {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const EXIT_FAILED = 1;
const EXIT_UNREADABLE = 2;

export function addImport(program: Command): void {
  const group = program
    .command('import')
    .description('make a configuration of what another program watches')
    .addHelpText(
      'after',
      '\nExample:\n  guardia import uptime-kuma kuma.db -o guardia.yaml\n  guardia check-config guardia.yaml',
    );
  sub(group, 'uptime-kuma', {
    what: 'monitors, notifications and maintenance of Uptime Kuma',
    file: 'its backup (JSON), or its database kuma.db',
    example: 'guardia import uptime-kuma kuma.db -o imported.yaml',
  }).action((file: string, options: Options) => run({ kind: 'uptime-kuma', file }, options));
  sub(group, 'gatus', {
    what: 'endpoints, alerting and maintenance of Gatus',
    file: 'its configuration (YAML)',
    example: 'guardia import gatus config.yaml -o imported.yaml',
  }).action((file: string, options: Options) => run({ kind: 'gatus', file }, options));
  sub(group, 'blackbox', {
    what: 'modules of blackbox_exporter',
    file: 'its configuration, blackbox.yml',
    example:
      'guardia import blackbox blackbox.yml --target http_2xx=https://example.org --target icmp=192.0.2.1\n\n' +
      'The file names no targets: without --target a module becomes a comment to be filled in.',
  })
    .option(
      '--target <module=target>',
      'a target that is checked with a module; may be repeated',
      collect,
      [],
    )
    .action((file: string, options: Options & { readonly target: readonly Target[] }) =>
      run({ kind: 'blackbox', file, targets: options.target }, options),
    );
}

interface Texts {
  readonly what: string;
  readonly file: string;
  readonly example: string;
}

function sub(group: Command, name: string, { what, file, example }: Texts): Command {
  return group
    .command(name)
    .description(`import ${what}`)
    .argument('<file>', file)
    .option('-o, --output <file>', 'where the configuration goes (default: standard output)')
    .option('--force', 'replace that file where it is there')
    .option('--json', 'the report, on standard error, as JSON')
    .addHelpText('after', `\nExample:\n  ${example}`);
}

function collect(value: string, before: readonly Target[]): Target[] {
  const [, module, target] = /^([^=]+)=(.+)$/.exec(value) ?? [];
  if (module === undefined || target === undefined)
    throw new InvalidArgumentError('It must be module=target, such as http_2xx=https://example.org.');
  return [...before, { module, target }];
}

async function run(source: Source, options: Options): Promise<void> {
  const imported = await orExit(EXIT_UNREADABLE, async () => {
    const { runImport } = await import('../import/run.ts');
    return runImport(source, { env: process.env, now: new Date() });
  });
  if (imported === null) return;
  const { text, source: from, report } = imported;
  const { output } = options;
  if (output === undefined) process.stdout.write(text);
  else if ((await orExit(EXIT_FAILED, () => write(output, text, options.force ?? false))) === null) return;
  console.error(options.json ? report.toJson(from) : report.toText(from));
}

/** Null, with the exit code set, where a person can act on the reason. */
async function orExit<T>(code: number, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    const text = failureText(error);
    if (text === null) throw error;
    console.error(text);
    process.exitCode = code;
    return null;
  }
}

/** For its owner alone: it may hold secrets. What is there is replaced in one step. */
async function write(file: string, text: string, isForced: boolean): Promise<true> {
  const place = isForced ? `${file}.${process.pid}.part` : file;
  const handle = await open(place, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new FileThere(file) : error;
  });
  try {
    await handle.writeFile(text);
    await handle.close();
    if (isForced) await rename(place, file);
  } catch (error) {
    await rm(place, { force: true });
    throw error;
  }
  return true;
}

/** What would be written over without `--force`. */
export class FileThere extends GuardiaError {
  readonly code = 'FILE_EXISTS';

  constructor(file: string) {
    super(`${file} is there already; name another, or give --force.`);
  }
}
