// The hub's configuration as the hub sees it: every default applied, every duration in milliseconds, every
// secret read. How a file becomes this is the loader's business (load.ts); the file's own form is schema.ts.
import type { Severity } from '../alert.ts';

/** What an API token may do. A token has exactly the scopes that are listed. */
export type Scope = 'read' | 'operate' | 'admin';

/** Everything a hub runs on. `warnings` are sentences for the log; they never hold a secret. */
export interface HubConfig {
  /** The file that it came from, absolute. */
  readonly file: string;
  readonly storage: StorageConfig;
  readonly api: ApiConfig;
  /** Key: name. One that is written in place of a name, as the original allows, is named after its kind and a
   *  digest of its settings, so that it keeps its name from one load to the next. */
  readonly notifiers: readonly NotifierConfig[];
  /** Key: alias. */
  readonly servers: readonly ServerConfig[];
  /** Key: name. */
  readonly exporters: readonly ExporterConfig[];
  /** Key: name. */
  readonly services: readonly ServiceConfig[];
  readonly warnings: readonly string[];
}

/** Ages at which samples are removed. Milliseconds, at least an hour. */
export interface RetentionConfig {
  /** Raw samples and check history; `retention_days` is the same. @default 30 days */
  readonly rawMs: number;
  /** Points of each tier; null: the tier isn't kept. @default 1m none; 5m 180 days and 1h 5 years, or as
   *  long as what is finer is in the database where that is longer */
  readonly tiers: Readonly<Record<'1m' | '5m' | '1h', number | null>>;
  /** The first rule whose glob matches a metric's name replaces the ages that it names. */
  readonly rules: readonly RetentionRuleConfig[];
}

export interface RetentionRuleConfig {
  /** Metric name with `*`: `disk.*`. */
  readonly match: string;
  readonly rawMs?: number;
  readonly tiers?: Readonly<Partial<Record<'1m' | '5m' | '1h', number>>>;
}

/** Raw samples older than `afterMs` are moved to Parquet files, which stay until someone deletes them. */
export interface ArchiveConfig {
  /** A folder, absolute. */
  readonly path: string;
  /** At least a day, and at least two days below `retention.rawMs`. @default 7 days */
  readonly afterMs: number;
  /** One file per target and day or hour. @default day */
  readonly partition: 'day' | 'hour';
}

interface StorageBase {
  readonly retention: RetentionConfig;
  /** Time between clean-ups; one runs at start as well. @default 24 hours */
  readonly cleanupIntervalMs: number;
  /** Null: raw samples are deleted, not archived. */
  readonly archive: ArchiveConfig | null;
  /** Series with samples in the last days (as long as raw is kept, 2 to 30) that one target may have; new ones beyond
   *  are refused, the rest is kept. @default 20_000 */
  readonly maxSeriesPerTarget: number;
}

/** `memory` keeps history and state until the hub stops; `none` keeps no history, and its state in `path`
 *  or, where that is null, in memory. Paths are absolute. */
export type StorageConfig = StorageBase &
  (
    | { readonly backend: 'sqlite'; readonly path: string }
    | {
        readonly backend: 'postgres';
        /** `postgres://user:password@host:port/database`: a secret. */
        readonly url: string;
        /** Folder of the spool, where frames wait while the database is out of reach; absolute. */
        readonly path: string;
      }
    | { readonly backend: 'memory'; readonly path: null }
    | { readonly backend: 'none'; readonly path: string | null }
  );

export interface ApiConfig {
  /** An address of this machine. @default 127.0.0.1 */
  readonly bind: string;
  /** 1 to 65535. @default 8080 */
  readonly port: number;
  /** `api.auth_token` is among them, named `auth_token`, with every scope. */
  readonly tokens: readonly ApiToken[];
  /** Any origin, without credentials. @default false */
  readonly enableCors: boolean;
  /** Addresses or networks (CIDR) whose forwarded-for header is believed. */
  readonly trustedProxies: readonly string[];
}

export interface ApiToken {
  readonly name: string;
  readonly token: string;
  readonly scopes: readonly Scope[];
}

export type NotifierConfig = DiscordNotifierConfig | WebhookNotifierConfig;

export interface DiscordNotifierConfig {
  readonly type: 'discord';
  readonly name: string;
  /** A secret: whoever has it can post. */
  readonly url: string;
  /** Who is mentioned: ids of users, or of roles with a leading `&`. From `user_id`. */
  readonly mentions: readonly string[];
}

export interface WebhookNotifierConfig {
  readonly type: 'webhook';
  readonly name: string;
  /** May hold a secret. */
  readonly url: string;
  readonly format: 'guardia';
  /** Key of the signature header; null sends none. */
  readonly secret: string | null;
}

/** Whom a condition tells, how bad it is, and when it fires. */
export interface AlertPolicy {
  /** The n-th consecutive violation fires; 0 and 1 both fire at once. */
  readonly grace: number;
  /** Notifiers by name; with none the alert is recorded and not delivered. */
  readonly alert: readonly string[];
  readonly severity: Severity;
}

export interface LimitConfig extends AlertPolicy {
  /** The greatest value that is still fine: percent for usage, memory and disk, degrees Celsius for
   *  temperature, one-minute load per core for load. */
  readonly limit: number;
}

export interface TemperatureLimitConfig extends LimitConfig {
  /** Which temperature is compared: the mean of the sensors that read, or the hottest one. @default mean */
  readonly sensor: 'mean' | 'hottest';
}

export interface LimitsConfig {
  readonly temperature: TemperatureLimitConfig | null;
  readonly usage: LimitConfig | null;
  readonly memory: LimitConfig | null;
  readonly disk: LimitConfig | null;
  readonly load: LimitConfig | null;
  /** Always watched, whether or not the file names it. */
  readonly unreachable: AlertPolicy;
}

export type LimitName = keyof LimitsConfig;

export interface ServerConfig {
  /** `ip:port`, as {@link serverAlias} writes it: the key. */
  readonly alias: string;
  /** An address, or a host name. */
  readonly ip: string;
  readonly port: number;
  readonly displayName: string;
  /** The agent's secret; null when the agent is open. */
  readonly token: string | null;
  readonly intervalMs: number;
  /** Always below `intervalMs`. */
  readonly timeoutMs: number;
  readonly tags: readonly string[];
  readonly limits: LimitsConfig;
}

/** A program that shows its readings in the Prometheus or OpenMetrics text format. */
export interface ExporterConfig {
  /** The key. */
  readonly name: string;
  readonly url: string;
  readonly intervalMs: number;
  /** Always below `intervalMs`. */
  readonly timeoutMs: number;
  /** A secret; null sends none. */
  readonly bearerToken: string | null;
  /** Added to every series; a label that the exporter has itself is kept as `exported_<label>`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly unreachable: AlertPolicy;
}

/** Status codes from `from` to `to`, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface ServiceConfig extends AlertPolicy {
  /** The key. */
  readonly name: string;
  readonly type: 'http';
  readonly url: string;
  readonly intervalMs: number;
  /** Always below `intervalMs`. */
  readonly timeoutMs: number;
  readonly method: HttpMethod;
  /** Values may be secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly expectedStatus: readonly StatusRange[];
  readonly followRedirects: boolean;
  /** Further attempts within one check, after the first failed. */
  readonly retries: number;
}
