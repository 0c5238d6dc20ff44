// The hub: starts, reloads and stops what parts.ts built, and says how it is doing. It decides nothing that a domain
// could.
import { ActorSystem, type Clock, childOf } from '@guardia/kernel';
import {
  type ActorEvent,
  type ApiConfig,
  type ConfigDiff,
  diffConfig,
  formatProblems,
  type HubConfig,
  type LoadedConfig,
} from '@guardia/model';
import type { Logger } from 'pino';
import { type Api, createApi, type Listening } from '../api/api.ts';
import type { NotifierTestAnswer, ReloadAnswer } from '../api/deps.ts';
import { EventStream } from '../lib/event-stream.ts';
import { loadPage } from '../web-page/assets.ts';
import { apiKeeper } from './api-keeper.ts';
import { logEvent } from './event-log.ts';
import { type HubState, healthReport } from './health.ts';
import { recallLastSeen } from './last-seen.ts';
import { buildParts, type Parts } from './parts.ts';
import { describeChanges } from './reload.ts';
import type { StorageProtocol } from './storage-keeper.ts';
import { Teardown } from './teardown.ts';
import { sendTestMessage } from './test-message.ts';
import { domainSupervisor, ROOT_ID } from './tree.ts';
import { VERSION } from './version.ts';

export interface HubOptions {
  readonly config: HubConfig;
  /** Reads the configuration anew, for a reload. */
  loadConfig(): Promise<LoadedConfig>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long notifiers may take to be told that storage failed, before the hub ends. */
const EMERGENCY_MS = 20_000;

/** A hub has one life: start, then stop. */
export class Hub {
  readonly events: EventStream;
  /** Resolves when the hub can't go on; it is then still to be stopped. */
  readonly failed: Promise<Error>;
  readonly #options: HubOptions;
  readonly #startedAt: number;
  readonly #startedAtMono: number;
  readonly #teardown = new Teardown();
  readonly #stopping = new AbortController();
  readonly #system: ActorSystem;
  #config: HubConfig;
  #state: HubState = { phase: 'starting', storageFailure: null };
  #parts: Parts | undefined;
  #api: Api | undefined;
  #url = '';
  #started: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #told: Promise<void> = Promise.resolve();
  #reloads: Promise<unknown> = Promise.resolve();

  constructor(options: HubOptions) {
    const { clock, log, config } = options;
    this.#options = options;
    this.#config = config;
    this.#startedAt = clock.wall();
    this.#startedAtMono = clock.mono();
    this.events = new EventStream(this.#startedAt);
    const failure = Promise.withResolvers<Error>();
    this.failed = failure.promise;
    this.#system = new ActorSystem({
      clock,
      log: ({ level, path, text, error }) => {
        log[level]({ path, err: error }, text);
        if (level === 'error') this.#publish('crashed', path, text);
      },
      onFailure: (path, cause) => failure.resolve(new Error(`${path} failed`, { cause })),
    });
  }

  /** Where page and API are: `http://127.0.0.1:8080`; empty before `start`. */
  get url(): string {
    return this.#url;
  }

  /** Opens storage, starts all actors, and listens last: whoever gets an answer finds a hub that works.
   *  @throws {DatabaseError} or {ApiPortTaken} naming what to do; `stop` is then still to be called */
  start(): Promise<void> {
    this.#started = this.#start();
    this.#reloads = this.#started.catch(() => {});
    return this.#started;
  }

  async #start(): Promise<void> {
    const { clock, log } = this.#options;
    for (const warning of this.#config.warnings) log.warn(warning);
    this.#parts = await buildParts(this.#config, {
      clock,
      log,
      system: this.#system,
      events: this.events,
      teardown: this.#teardown,
      isStopping: () => this.#state.phase === 'stopping',
      onStorageFailure: (error) => this.#storageFailed(error),
    });
    const { alerting, nameOf } = this.#parts;
    this.events.listen(({ event }) => logEvent(log, event, nameOf));
    await this.#parts.apply(this.#config);
    this.#recallLastSeen(this.#parts);
    await alerting.watch();
    await this.#startApi(this.#parts);
    if (this.#state.phase === 'starting') this.#state = { ...this.#state, phase: 'running' };
  }

  /** Beside the start, which doesn't wait for it. */
  #recallLastSeen({ servers, storage }: Parts): void {
    recallLastSeen(servers.list(), storage.series).catch((error) => {
      if (this.#state.phase === 'stopping') return;
      this.#options.log.warn({ err: error }, 'when servers were last seen could not be read');
    });
  }

  /** Ends in reverse: the API, collectors and monitors, alerts, then the final flush. Complete when it resolves; safe
   *  twice and after a failed start. */
  stop(): Promise<void> {
    this.#state = { ...this.#state, phase: 'stopping' };
    this.#stopping.abort();
    this.#stopped ??= this.#started.catch(() => {}).then(() => this.#teardown.run());
    return this.#stopped;
  }

  /** Reads the configuration and applies what changed; a wrong one changes nothing. One at a time. */
  reload(): Promise<ReloadAnswer> {
    return this.#inTurn(() => this.#reload());
  }

  /** Changes of what runs: one at a time, after the start. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#reloads.then(change);
    this.#reloads = done.catch(() => {});
    return done;
  }

  async #reload(): Promise<ReloadAnswer> {
    const loaded = await this.#options.loadConfig();
    if (!loaded.ok) {
      this.#options.log.error(
        `configuration refused, the old one stays:\n${formatProblems(loaded.problems)}`,
      );
      return { type: 'refused', problems: loaded.problems };
    }
    for (const warning of loaded.config.warnings) this.#options.log.warn(warning);
    const diff = diffConfig(this.#config, loaded.config);
    await this.#parts?.apply(loaded.config);
    this.#config = loaded.config;
    this.#applyRest(diff);
    const changes = describeChanges(diff);
    this.#options.log.info({ changes }, 'configuration reloaded');
    this.#publish('reloaded', `/${ROOT_ID}`, changes.join('; '));
    return { type: 'reloaded', changes };
  }

  #publish(what: ActorEvent['what'], path: string, message: string): void {
    this.events.publish({ type: 'actor', at: this.#options.clock.wall(), path, what, message });
  }

  #applyRest(diff: ConfigDiff): void {
    if (diff.api.length > 0) this.#api?.updateAuth(this.#apiConfig);
    if (diff.storage.length > 0) {
      const { retention, cleanupIntervalMs } = this.#config.storage;
      const keeper = this.#system.find<StorageProtocol>(`/${ROOT_ID}/storage`);
      keeper?.tell({ type: 'UpdateRetention', retention, cleanupIntervalMs });
    }
  }

  /** As configured now, on the address of the start: also where a new life of the API listens. */
  get #apiConfig(): ApiConfig {
    const { bind, port } = this.#options.config.api;
    return { ...this.#config.api, bind, port };
  }

  async #startApi(parts: Parts): Promise<void> {
    const create = (): Api => {
      this.#api = this.#createApi(parts);
      return this.#api;
    };
    const listening = ({ url }: Listening): void => {
      this.#url = url;
    };
    const child = { id: 'server', start: () => childOf(apiKeeper, { create, listening }) };
    await parts.root.ask({ type: 'StartChild', spec: domainSupervisor('api', [child]) });
  }

  #createApi(parts: Parts): Api {
    const { storage, archiver, alerting, timeline, servers, exporters, services, facts } = parts;
    const { alerts, silences } = alerting;
    return createApi({
      config: this.#apiConfig,
      servers,
      exporters,
      services,
      facts,
      alerts: alerts.reader,
      silences,
      control: alerts.control,
      planned: alerting.planned,
      checksKeptMs: () => this.#config.storage.retention.rawMs,
      timeline,
      series: storage.series,
      archive: archiver,
      stream: this.events,
      system: { status: () => this.#system.status(), restart: (path) => this.#restart(path) },
      notifiers: () => this.#config.notifiers,
      testNotifier: (name) => this.#testNotifier(name),
      reload: () => this.reload(),
      health: () =>
        healthReport(
          this.#state,
          {
            writeError: storage.series.writeError,
            archive: archiver && { problem: archiver.problem },
          },
          { rules: parts.unknownMetrics.message, witnesses: parts.witnesses.message },
        ),
      web: loadPage(),
      clock: this.#options.clock,
      log: this.#options.log,
      version: VERSION,
      startedAt: this.#startedAt,
      startedAtMono: this.#startedAtMono,
    });
  }

  async #restart(path: string): Promise<boolean> {
    const ref = this.#system.find(path);
    if (ref === undefined) return false;
    await this.#system.restart(ref);
    // the new life of a supervisor begins without the collectors and monitors that were added to the one before
    await this.#inTurn(async () => this.#parts?.apply(this.#config));
    this.#publish('restarted', path, 'restarted on demand');
    return true;
  }

  async #testNotifier(name: string): Promise<NotifierTestAnswer | undefined> {
    const notifier = this.#parts?.alerting.notifier(name);
    if (notifier === undefined) return undefined;
    return sendTestMessage(notifier, { clock: this.#options.clock, signal: this.#stopping.signal });
  }

  /** Resolves when everyone was told: whoever reports a failure waits for it before the hub ends, and with it the
   *  connections over which they are told. */
  #storageFailed(error: Error): Promise<void> {
    if (this.#state.storageFailure !== null || this.#state.phase === 'stopping') return this.#told;
    this.#state = { ...this.#state, storageFailure: error.message };
    this.#options.log.fatal({ err: error }, 'storage failed');
    this.#told =
      this.#parts?.alerting.alerts.emergency.tell(error, AbortSignal.timeout(EMERGENCY_MS)) ??
      Promise.resolve();
    return this.#told;
  }
}
