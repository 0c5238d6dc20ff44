// `guardia backup FILE` and `guardia restore FILE`: the hub's databases as one file, and back. Copying is the hub
// package's; here are arguments, progress and answers.
import { formatProblems, loadConfigFile, type StorageConfig } from '@guardia/model';
import type { Command } from 'commander';
import { failureText } from '../failure.ts';
import { type OutputFormat, outputOption } from '../output.ts';
import { Progress } from '../progress.ts';

interface Options {
  readonly config: string;
  readonly output: OutputFormat;
}

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('write all of a hub, settings aside, into one file; the hub may run meanwhile')
    .argument('<file>', 'the new file, a tar archive')
    .requiredOption('-f, --config <file>', "the hub's configuration")
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nIt holds what the hub knows and every sample that is in its database. The configuration file, secrets that it\n' +
        'reads from other files, and the Parquet archive are not in it: copy those as files.\n' +
        '\nExample:\n  guardia backup /backup/guardia-monday.tar -f guardia.yaml',
    )
    .action((file: string, options: Options) =>
      withStorage(options, async (storage, onProgress) => {
        const { backupHub } = await import('@guardia/hub');
        const bytes = await backupHub(storage, file, { now: new Date(), onProgress });
        return {
          text: `${file}: ${(bytes / 1e6).toFixed(1)} MB`,
          json: { file, bytes },
        };
      }),
    );
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('put a backup where the configuration has its databases; stop the hub first')
    .argument('<file>', 'what guardia backup wrote')
    .requiredOption('-f, --config <file>', "the hub's configuration")
    .option('--replace', 'replace databases that are there')
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExample:\n  guardia restore /backup/guardia-monday.tar -f guardia.yaml --replace',
    )
    .action((file: string, options: Options & { replace?: boolean }) =>
      withStorage(options, async (storage, onProgress) => {
        const { restoreHub } = await import('@guardia/hub');
        const { replace = false } = options;
        const { createdAt, version, files } = await restoreHub(storage, file, { replace, onProgress });
        return {
          text: `restored the backup of ${createdAt} (version ${version}):\n${files.map((path) => `  ${path}`).join('\n')}`,
          json: { created_at: createdAt, version, files },
        };
      }),
    );
}

interface Answer {
  readonly text: string;
  readonly json: object;
}

async function withStorage(
  { config, output }: Options,
  work: (storage: StorageConfig, onProgress: (step: string, share: number) => void) => Promise<Answer>,
): Promise<void> {
  const loaded = await loadConfigFile(config, { env: process.env });
  if (!loaded.ok) {
    console.error(formatProblems(loaded.problems));
    process.exitCode = 2;
    return;
  }
  const progress = new Progress();
  try {
    const answer = await work(loaded.config.storage, (step, share) => progress.show(step, share));
    progress.end();
    console.log(output === 'json' ? JSON.stringify(answer.json, null, 2) : answer.text);
  } catch (error) {
    progress.end();
    const text = failureText(error);
    if (text === null) throw error;
    console.error(text);
    process.exitCode = 1;
  }
}
