// Everything the API is given: what it reads, what it may set in motion, and where it listens. Each is an
// interface, so that the composition root alone knows who stands behind it.
import type { Clock, SystemStatus } from '@guardia/kernel';
import type { ApiConfig, EpochMs, NotifierConfig } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { AlertControl, PlannedWork, Silences } from '../alerts/holds/public.ts';
import type { AlertReader } from '../alerts/public.ts';
import type { Exporters, Servers } from '../collect/public.ts';
import type { EventStream } from '../lib/event-stream.ts';
import type { Services } from '../services/public.ts';
import type { FactReader } from '../targets/public.ts';
import type { TimelineReader } from '../timeline/public.ts';

/** How the hub is doing. Called for each health request; must not block. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'failing';
  /** Whether the hub does its work: started, storage open, not stopping. */
  readonly ready: boolean;
  /** What `status` follows from; shown to callers who may read. */
  readonly checks: readonly HealthCheck[];
}

export interface HealthCheck {
  readonly name: string;
  readonly status: 'ok' | 'degraded' | 'failing';
  /** A sentence, null when there is nothing to say. Without secrets. */
  readonly message: string | null;
}

/** What one run moved from the database to the archive; also of one that was interrupted. */
export interface ArchiveRun {
  readonly at: EpochMs;
  readonly durationMs: number;
  readonly files: number;
  readonly samples: number;
  /** Of the files. */
  readonly bytes: number;
}

export interface ArchiveStats {
  /** Null until they were counted. */
  readonly files: number | null;
  readonly bytes: number | null;
  /** Up to where raw samples have left the database (exclusive); null: none have. */
  readonly until: EpochMs | null;
  /** Days that are old enough and still in the database; null: not known yet. */
  readonly daysWaiting: number | null;
  /** What keeps samples from the archive; null while nothing does. */
  readonly problem: string | null;
  /** Null before the first one since the start. */
  readonly lastRun: ArchiveRun | null;
}

/** One thing to correct in a configuration that was refused; values of secrets are hidden. */
interface ReloadProblem {
  readonly file: string;
  readonly line: number | null;
  readonly path: string;
  readonly value: string | null;
  readonly limit: string;
  readonly suggestion: string | null;
}

/** What came of a reload. Refused: the configuration before it goes on running. */
export type ReloadAnswer =
  | { readonly type: 'reloaded'; readonly changes: readonly string[] }
  | { readonly type: 'refused'; readonly problems: readonly ReloadProblem[] };

/** What the far side of a notifier said to a test message. */
export interface NotifierTestAnswer {
  readonly delivered: boolean;
  /** Without secrets. */
  readonly detail: string;
}

/** The actors, as the kernel sees them. */
interface ActorControl {
  status(): SystemStatus;
  /** Starts a new life of the actor in place. False when no actor has this path; rejects with a KernelError when
   *  nobody supervises it. */
  restart(path: string): Promise<boolean>;
}

/** One file of the web page. */
interface WebFile {
  readonly body: Buffer | string;
  /** Content type, with its charset. */
  readonly type: string;
}

/** The log, as pino has it. */
export interface ApiLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ApiDeps {
  readonly config: ApiConfig;
  readonly servers: Servers;
  readonly exporters: Exporters;
  readonly services: Services;
  readonly facts: FactReader;
  readonly timeline: TimelineReader;
  readonly alerts: AlertReader;
  readonly silences: Silences;
  readonly control: AlertControl;
  readonly planned: PlannedWork;
  /** How long the history keeps checks. */
  readonly checksKeptMs: () => number;
  readonly series: SeriesStore;
  /** Null: raw samples are deleted, not archived. */
  readonly archive: { stats(): Promise<ArchiveStats> } | null;
  readonly stream: EventStream;
  readonly system: ActorControl;
  /** Those of the configuration, without their settings. */
  readonly notifiers: () => readonly Pick<NotifierConfig, 'name' | 'type'>[];
  /** Sends a real message through a notifier; undefined when none has this name. */
  readonly testNotifier: (name: string) => Promise<NotifierTestAnswer | undefined>;
  readonly reload: () => Promise<ReloadAnswer>;
  readonly health: () => HealthReport;
  /** Files of the web page by path: `/` and `/assets/…`. */
  readonly web: ReadonlyMap<string, WebFile>;
  readonly clock: Clock;
  readonly log: ApiLog;
  readonly version: string;
  /** Wall time of the hub's start. */
  readonly startedAt: EpochMs;
  /** The same on the monotonic clock, milliseconds. */
  readonly startedAtMono: number;
}
