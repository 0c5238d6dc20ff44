// The hub's configuration as the hub sees it: every default applied, every duration in milliseconds, every
// secret read. How a file becomes this is the loader's business (load.ts); the file's own form is schema.ts.
import type { Severity } from '../alert.ts';
import type { CheckSpec } from '../check-spec.ts';
import type { EpochMs } from '../ids.ts';
import type { RuleCondition } from '../query/condition.ts';

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
  /** Key: name. */
  readonly rules: readonly RuleConfig[];
  readonly silences: readonly SilenceConfig[];
  /** Key: name. */
  readonly maintenance: readonly MaintenanceConfig[];
  /** Addresses (`host:port`) that answer whenever this hub's network works: when all fail, the hub is blind. */
  readonly witnesses: readonly string[];
  /** Who is told of conditions of the hub itself: notifiers by name. Null: all of them. */
  readonly hubAlert: readonly string[] | null;
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

/** How messages of a notifier leave, whatever its kind. */
interface NotifierBase {
  /** The key. */
  readonly name: string;
  /** Alerts of one group that change within this time leave as one message. Milliseconds; 0: each leaves at once.
   *  @default 5_000 */
  readonly groupWaitMs: number;
  /** What makes a group; empty: all alerts are one. @default ['group'] */
  readonly groupBy: readonly GroupKey[];
  /** Messages a minute; more wait. Null: as many as there are. @default null */
  readonly maxPerMinute: number | null;
}

/** `group`: of a service, or the first tag of a server. */
export type GroupKey = 'group' | 'rule' | 'target' | 'severity';

/** Settings of one kind; its secrets are said to be so. */
type NotifierOf<Type extends string, Settings> = NotifierBase & { readonly type: Type } & Readonly<Settings>;

export type DiscordNotifierConfig = NotifierOf<
  'discord',
  {
    /** A secret: whoever has it can post. */
    url: string;
    /** Who is mentioned: ids of users, or of roles with a leading `&`. From `user_id`. */
    mentions: readonly string[];
  }
>;

export type WebhookNotifierConfig = NotifierOf<
  'webhook',
  {
    /** May hold a secret. */
    url: string;
    /** `alertmanager` is version 4 of Alertmanager's body; `template` writes `template`. */
    format: 'guardia' | 'alertmanager' | 'template';
    /** Logic-less; null unless `format` is `template`. */
    template: string | null;
    /** Key of the signature header; null sends none. */
    secret: string | null;
  }
>;

/** An incoming webhook of a workspace; the address is a secret. */
export type SlackNotifierConfig = NotifierOf<'slack', { url: string; channel: string | null }>;

/** `token` is a secret. */
export type TelegramNotifierConfig = NotifierOf<
  'telegram',
  { token: string; chatId: string /** A topic of the chat. */; threadId: number | null; apiUrl: string }
>;

/** `url` ends in the topic; `token` is a secret. */
export type NtfyNotifierConfig = NotifierOf<'ntfy', { url: string; token: string | null }>;

/** `token` is a secret. */
export type GotifyNotifierConfig = NotifierOf<'gotify', { url: string; token: string }>;

/** `routingKey` is a secret. Incidents are opened and resolved by the alert's id. */
export type PagerdutyNotifierConfig = NotifierOf<'pagerduty', { routingKey: string; apiUrl: string }>;

/** `apiKey` is a secret. Alerts are opened and closed by the alert's id. */
export type OpsgenieNotifierConfig = NotifierOf<'opsgenie', { apiKey: string; apiUrl: string }>;

export type EmailNotifierConfig = NotifierOf<
  'email',
  {
    host: string;
    port: number;
    /** `tls` from the first byte, `starttls` demanded, or `none`. */
    security: 'tls' | 'starttls' | 'none';
    user: string | null;
    /** A secret. */
    password: string | null;
    from: string;
    to: readonly string[];
  }
>;

/** `url` is the base of an Alertmanager; may hold a secret. */
export type AlertmanagerNotifierConfig = NotifierOf<
  'alertmanager',
  { url: string; labels: Readonly<Record<string, string>> }
>;

/** `token` is a secret. */
export type MatrixNotifierConfig = NotifierOf<'matrix', { url: string; roomId: string; token: string }>;

/** The address of a workflow, a secret. Messages are adaptive cards. */
export type TeamsNotifierConfig = NotifierOf<'teams', { url: string }>;

/** Both keys are secrets. */
export type PushoverNotifierConfig = NotifierOf<
  'pushover',
  { token: string; user: string; device: string | null; apiUrl: string }
>;

/** A program of this machine, started without a shell; the notice comes as JSON on its standard input. */
export type ExecNotifierConfig = NotifierOf<
  'exec',
  {
    /** Absolute; the first element of the argument list. */
    command: string;
    args: readonly string[];
    timeoutMs: number;
  }
>;

export type NotifierConfig =
  | DiscordNotifierConfig
  | WebhookNotifierConfig
  | SlackNotifierConfig
  | TelegramNotifierConfig
  | NtfyNotifierConfig
  | GotifyNotifierConfig
  | PagerdutyNotifierConfig
  | OpsgenieNotifierConfig
  | EmailNotifierConfig
  | AlertmanagerNotifierConfig
  | MatrixNotifierConfig
  | TeamsNotifierConfig
  | PushoverNotifierConfig
  | ExecNotifierConfig;

/** Whom a condition tells, how bad it is, and when it fires. */
export interface AlertPolicy {
  /** The n-th consecutive violation fires; 0 and 1 both fire at once. */
  readonly grace: number;
  /** Notifiers by name; with none the alert is recorded and not delivered. */
  readonly alert: readonly string[];
  readonly severity: Severity;
  /** So many passes in a row end it. @default 1 */
  readonly recoverAfter: number;
  /** Instead of `grace`: fires when `violations` of the last `of` observations are violations; null: grace counts. */
  readonly window: { readonly violations: number; readonly of: number } | null;
  /** While it fires unacknowledged it is told again after each such time; null: told once. Milliseconds. */
  readonly repeatMs: number | null;
  /** Who else is told when nobody has acknowledged it for so long, in order of time. */
  readonly escalation: readonly EscalationStep[];
}

export interface EscalationStep {
  /** After it fired, milliseconds. */
  readonly afterMs: number;
  /** Notifiers by name. */
  readonly alert: readonly string[];
}

export interface LimitConfig extends AlertPolicy {
  /** The greatest value that is still fine: percent for usage, memory and disk, degrees Celsius for
   *  temperature, one-minute load per core for load. */
  readonly limit: number;
  /** A value at or below this is a pass; between the two nothing changes (hysteresis). @default limit */
  readonly recover: number;
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
  /** As {@link ServiceConfig.dependsOn}. */
  readonly dependsOn: readonly string[];
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

/** How much of the time a service must be up (a service level objective). */
export interface SloConfig {
  /** Percent, from 1 to below 100. */
  readonly targetPercent: number;
  /** Over which time it is meant: its error budget is of this time, and alerts go by how fast that is spent. Reports are of
   *  calendar months. Milliseconds, a day to 90 days. @default 30 days */
  readonly windowMs: number;
}

/** Something checked. */
export interface ServiceConfig extends AlertPolicy {
  /** The key. */
  readonly name: string;
  /** What people see: a URL or an address, without secrets. */
  readonly address: string;
  readonly check: CheckSpec;
  /** `check.timeoutMs` is always below it. */
  readonly intervalMs: number;
  /** Null: none. */
  readonly group: string | null;
  readonly tags: readonly string[];
  /** Names of services, or aliases or display names of servers: while one of them fires, this doesn't page. */
  readonly dependsOn: readonly string[];
  /** From where it is checked: `hub`, or names of servers whose agents check. At least one. @default hub alone */
  readonly locations: readonly string[];
  /** So many locations must find it DOWN. @default more than half */
  readonly quorum: number;
  readonly slo: SloConfig | null;
}

/** A condition over many targets, or over series. */
export interface RuleConfig extends Pick<AlertPolicy, 'alert' | 'severity' | 'repeatMs' | 'escalation'> {
  /** The key. */
  readonly name: string;
  readonly condition: RuleCondition;
  /** It ends when the condition wouldn't hold with this limit either. @default the limit of the condition */
  readonly recover: number;
  /** How long it must hold before it fires; 0: at once. Milliseconds. */
  readonly forMs: number;
  /** Over how much of the latest readings a condition over series goes. Milliseconds. @default 5 minutes */
  readonly windowMs: number;
  readonly of: RuleScope;
}

/** Which targets: all conditions must hold, each but `kind` a text with `*`. Without any, all targets. */
export interface RuleScope {
  readonly kind?: 'server' | 'service' | 'exporter';
  readonly target?: string;
  readonly tag?: string;
  readonly group?: string;
}

/** Holds deliveries of what matches for a time. All conditions of `match` must hold; each is a text with `*`. */
export interface AlertMatch {
  readonly target?: string;
  readonly rule?: string;
  readonly instance?: string;
  readonly group?: string;
  readonly tag?: string;
  readonly severity?: string;
}

export interface SilenceConfig {
  readonly match: AlertMatch;
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly author: string;
  readonly reason: string;
}

/** Planned work that comes again: deliveries are held, and the time doesn't count for uptime. */
export interface MaintenanceConfig {
  readonly name: string;
  readonly match: AlertMatch;
  /** Five or six fields: when it begins. */
  readonly cron: string;
  /** IANA name. @default UTC */
  readonly timezone: string;
  readonly durationMs: number;
}
