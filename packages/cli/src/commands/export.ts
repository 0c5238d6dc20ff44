// `guardia export`: raw samples of a hub's history as Parquet or CSV. Taking them out is the archive package's, opening
// the history the hub's; here are arguments, progress and answers.
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExportProgress, ExportSink, ExportTarget } from '@guardia/archive';
import type { History } from '@guardia/hub';
import {
  type EpochMs,
  formatProblems,
  GuardiaError,
  loadConfigFile,
  parseDuration,
  type StorageConfig,
} from '@guardia/model';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { failureText } from '../failure.ts';
import { type OutputFormat, outputOption } from '../output.ts';
import { Progress } from '../progress.ts';
import { type Choice, chosen, isAskedFor, UnknownTarget, unknownNames } from './export-choice.ts';
import { FileThere } from './import.ts';

interface Options extends Choice {
  readonly config: string;
  readonly parquet?: string;
  readonly csv?: string;
  readonly force?: boolean;
  readonly hubStopped?: boolean;
  readonly output: OutputFormat;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description('write raw samples of the history to Parquet or CSV files; the hub may run meanwhile')
    .requiredOption('-f, --config <file>', "the hub's configuration")
    .option(
      '--from <time>',
      'first time: 2026-11-21, 2026-11-21T08:00:00Z, or an age such as 7d (default: the oldest)',
      time,
    )
    .option('--to <time>', 'up to this time, itself left out (default: now)', time)
    .option('--server <address>', 'only this server, by ip:port; may be repeated', collect, [])
    .option(
      '--target <name>',
      'only this server, service or exporter, by name or id; may be repeated',
      collect,
      [],
    )
    .option('--names <names...>', 'only these metrics, or single series as metric{label="value"}')
    .addOption(
      new Option('--parquet <folder>', 'write Parquet files into this new or empty folder').conflicts('csv'),
    )
    .option('--csv <file>', 'write one CSV file: time, target, metric, labels, value')
    .addOption(new Option('--force', 'replace that CSV file where it is there').conflicts('parquet'))
    .option('--hub-stopped', 'needed with storage.backend postgres: no hub runs that the export would end')
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExample:\n  guardia export -f guardia.yaml --from 7d --server 10.0.0.5:51243 --parquet ./out\n' +
        '  guardia export -f guardia.yaml --names cpu.usage --csv cpu.csv\n\n' +
        'While a hub runs on SQLite, its databases are copied first, beside themselves: that needs as much room again.',
    )
    .action(async (options: Options, command: Command) => {
      if (options.parquet === undefined && options.csv === undefined)
        command.error('error: name where to: --parquet <folder> or --csv <file>');
      refuseEmptyRange(options, command);
      const loaded = await loadConfigFile(options.config, { env: process.env });
      if (!loaded.ok) console.error(formatProblems(loaded.problems));
      process.exitCode = loaded.ok ? await runExport(loaded.config.storage, options) : 2;
    });
}

function refuseEmptyRange({ from, to }: Options, command: Command): void {
  const until = to ?? Date.now();
  if (from === undefined || from < until) return;
  const [first, last] = [from, until].map((at) => new Date(at).toISOString());
  const end = to === undefined ? `now, ${last}` : `--to, ${last}`;
  command.error(`error: --from, ${first}, must be before ${end}: that one isn't part of the range`);
}

/** Gives the exit code. */
async function runExport(storage: StorageConfig, options: Options): Promise<number> {
  const progress = new Progress();
  try {
    const { done, targets, warnings } = await exported(storage, options, progress);
    progress.end();
    console.log(options.output === 'json' ? asJson(done, targets, warnings) : asText(done, targets, options));
    return warnings === 0 ? 0 : 1;
  } catch (error) {
    progress.end();
    const text = failureText(error);
    if (text === null) throw error;
    console.error(text);
    return error instanceof UnknownTarget ? 2 : 1;
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

interface Watched {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

interface Exported {
  readonly done: ExportProgress;
  readonly targets: readonly ExportTarget[];
  readonly warnings: number;
}

async function exported(storage: StorageConfig, options: Options, progress: Progress): Promise<Exported> {
  const stop = new AbortController();
  const onSignal = (): void =>
    stop.abort(new Stopped('Stopped. What was written so far is no complete export.'));
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await withHistory(storage, { ...options, signal: stop.signal, progress });
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

async function withHistory(storage: StorageConfig, options: Options & Watched): Promise<Exported> {
  const { openHistory } = await import('@guardia/hub');
  const { hubStopped, parquet, csv, force = false, signal, progress } = options;
  if (parquet !== undefined) await refuseWithoutDuckdb(parquet);
  if (csv !== undefined && existsSync(csv) && !force) throw new FileThere(csv);
  let ids: ReadonlySet<string> = new Set();
  const history = await openHistory(storage, {
    hubStopped,
    onCopy: (step, share) => progress.show(step, share),
    onTargets(known) {
      ids = new Set(chosen(known, options).map(({ id }) => id));
    },
    concerns: (damage) => ids.has(damage.targetId) && isAskedFor(damage, options),
  });
  try {
    signal.throwIfAborted();
    const targets = chosen(history.targets, options);
    const unknown = await unknownNames(history, targets, options);
    progress.end();
    for (const text of unknown) console.error(`warning: ${text}`);
    const outOfReach = await warnOfNoArchive(history, options);
    const { done, exported } = await write(history, targets, options);
    const warnings = history.warnings() + outOfReach;
    return { done, targets: targets.filter(({ id }) => exported.has(id)), warnings };
  } finally {
    await history.close();
  }
}

/** Before a database is opened or copied. @throws {ArchiveUnavailable} */
async function refuseWithoutDuckdb(folder: string): Promise<void> {
  const { openArchive } = await import('@guardia/archive');
  await openArchive({ path: folder, partition: 'day' }).check();
}

/** Gives the number of warnings. */
async function warnOfNoArchive(
  { series, archive }: History,
  { from = Number.NEGATIVE_INFINITY, progress }: Options & Watched,
): Promise<number> {
  const until = await series.archivedUntil();
  if (until === null || from >= until) return 0;
  if (archive !== null && (await archive.targets()).length > 0) return 0;
  progress.end();
  console.error(
    `warning: samples before ${new Date(until).toISOString()} left for an archive that isn't there, and are not exported. Name its folder in storage.archive.path.`,
  );
  return 1;
}

interface Done {
  readonly done: ExportProgress;
  readonly exported: ReadonlySet<string>;
}

async function write(
  history: History,
  targets: readonly ExportTarget[],
  options: Options & Watched,
): Promise<Done> {
  const { csvSink, parquetSink } = await import('@guardia/archive');
  const { parquet, csv = '' } = options;
  if (parquet !== undefined) return writeTo(await parquetSink(parquet), history, targets, options);
  const { makeExportFolder } = await import('@guardia/hub');
  const folder = await makeExportFolder(dirname(csv));
  try {
    const unfinished = join(folder.path, 'export.csv');
    const done = await writeTo(await csvSink(unfinished), history, targets, options);
    await rename(unfinished, csv);
    return done;
  } finally {
    await folder.remove();
  }
}

async function writeTo(
  sink: ExportSink,
  { series: store, archive }: History,
  targets: readonly ExportTarget[],
  { from, to = Date.now(), names, signal, progress }: Options & Watched,
): Promise<Done> {
  const { exportHistory } = await import('@guardia/archive');
  const onProgress = ({ step, steps }: ExportProgress): void => progress.show('exporting', step / steps);
  const exported = new Set<string>();
  const done = await exportHistory({
    store,
    archive,
    targets,
    from: from ?? null,
    to,
    names,
    sink: noting(sink, exported),
    signal,
    onProgress,
  });
  return { done, exported };
}

/** Keeps the ids of the targets that had samples. */
function noting(sink: ExportSink, exported: Set<string>): ExportSink {
  return {
    ...sink,
    async write(target, slot, batches) {
      const written = await sink.write(target, slot, batches);
      if (written.samples > 0) exported.add(target.id);
      return written;
    },
  };
}

class Stopped extends GuardiaError {
  readonly code = 'STOPPED';
}

function asText(
  { samples, bytes }: ExportProgress,
  targets: readonly ExportTarget[],
  { parquet, csv }: Options,
): string {
  return `${parquet ?? csv}: ${samples} samples of ${targets.length} ${targets.length === 1 ? 'target' : 'targets'}, ${(bytes / 1e6).toFixed(1)} MB`;
}

function asJson(
  { samples, bytes, files }: ExportProgress,
  targets: readonly ExportTarget[],
  warnings: number,
): string {
  return JSON.stringify(
    { targets: targets.map(({ id, name }) => ({ id, name })), samples, bytes, files, warnings },
    null,
    2,
  );
}

/** A date, a time with its zone, or a duration before now. */
function time(text: string): EpochMs {
  const isTime = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text);
  const isAge = /^\d+[a-z]/.test(text);
  const at = isTime
    ? Date.parse(text)
    : Date.now() - (isAge ? (parseDuration(text) ?? Number.NaN) : Number.NaN);
  if (Number.isInteger(at)) return at;
  throw new InvalidArgumentError(
    `${text}, must be a date, a time such as 2026-11-21T08:00:00Z, or an age such as 7d`,
  );
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
