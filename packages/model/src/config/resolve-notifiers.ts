// Notifiers with their defaults, by name; one that is written in place of a name gets a name here. What each kind
// does with its settings is the hub's.
import { createHash } from 'node:crypto';
import type { NotifierConfig } from './hub-config.ts';
import { NOTIFIER_KINDS, type NotifierInput, type NotifierKind } from './schema-notifiers.ts';
import type { AlertInput } from './schema-policy.ts';

/** What {@link Notifiers.names} makes of no `alert` at all: unlike an empty list, which says that nobody is to be told,
 *  it may be forgotten. */
export const NOBODY_NAMED: readonly string[] = Object.freeze([]);

/** Notifiers by name, and those that are written in place of a name. */
export class Notifiers {
  readonly #byName = new Map<string, NotifierConfig>();

  /** Adds the notifier of this name. */
  add(name: string, given: NotifierInput): void {
    const { group_wait = 5_000, group_by = ['group'], max_per_minute = null } = given;
    this.#byName.set(name, {
      ...settingsOf(given),
      name,
      groupWaitMs: group_wait,
      groupBy: [...new Set(group_by)],
      maxPerMinute: max_per_minute,
    });
  }

  /** The names that an `alert` means. */
  names(alert: AlertInput | undefined): readonly string[] {
    if (alert === undefined) return NOBODY_NAMED;
    if (typeof alert === 'string') return [alert];
    return Array.isArray(alert) ? [...new Set(alert)] : [this.#addInPlace(alert as NotifierInput)];
  }

  list(): readonly NotifierConfig[] {
    return [...this.#byName.values()];
  }

  #addInPlace(given: NotifierInput): string {
    const name = `${kindOf(given)}-${digestOf(given)}`;
    this.add(name, given);
    return name;
  }
}

/** Names are in stored rows: what is written as before must have the same digest as before. So this is over what was
 *  there first, in that order, and what came later joins only where it is given. */
function digestOf(given: NotifierInput): string {
  const { type, ...settings } = settingsOf(given);
  const { group_wait, group_by, max_per_minute } = given;
  const text = JSON.stringify(
    { type, name: '', ...settings, group_wait, group_by, max_per_minute },
    (key, value: unknown) => (key === 'template' && value === null ? undefined : value),
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function kindOf(given: NotifierInput): NotifierKind {
  return NOTIFIER_KINDS.find((kind) => given[kind] !== undefined)!;
}

type SettingsOf<T> = T extends NotifierConfig
  ? Omit<T, 'name' | 'groupWaitMs' | 'groupBy' | 'maxPerMinute'>
  : never;
type Settings = SettingsOf<NotifierConfig>;

function settingsOf(given: NotifierInput): Settings {
  const kind = kindOf(given);
  const read = READERS[kind] as (settings: NonNullable<NotifierInput[NotifierKind]>) => Settings;
  return read(given[kind]!);
}

type Readers = {
  readonly [K in NotifierKind]: (given: NonNullable<NotifierInput[K]>) => Extract<Settings, { type: K }>;
};

const PORTS = { tls: 465, starttls: 587, none: 25 };

const READERS: Readers = {
  discord: ({ url, user_id }) => ({ type: 'discord', url, mentions: user_id?.split(/ +/) ?? [] }),
  webhook: ({ url, format = 'guardia', secret = null, template = null }) => ({
    type: 'webhook',
    url,
    format,
    secret,
    template,
  }),
  slack: ({ url, channel = null }) => ({ type: 'slack', url, channel }),
  telegram: ({ token, chat_id, thread_id = null, api_url = 'https://api.telegram.org' }) => ({
    type: 'telegram',
    token,
    chatId: chat_id,
    threadId: thread_id,
    apiUrl: api_url,
  }),
  ntfy: ({ url, token = null }) => ({ type: 'ntfy', url, token }),
  gotify: ({ url, token }) => ({ type: 'gotify', url, token }),
  pagerduty: ({ routing_key, api_url = 'https://events.pagerduty.com' }) => ({
    type: 'pagerduty',
    routingKey: routing_key,
    apiUrl: api_url,
  }),
  opsgenie: ({ api_key, api_url = 'https://api.opsgenie.com' }) => ({
    type: 'opsgenie',
    apiKey: api_key,
    apiUrl: api_url,
  }),
  email: ({
    host,
    security = 'starttls',
    port = PORTS[security],
    user = null,
    password = null,
    from,
    to,
  }) => ({
    type: 'email',
    host,
    port,
    security,
    user,
    password,
    from,
    to: [to].flat(),
  }),
  alertmanager: ({ url, labels = {} }) => ({ type: 'alertmanager', url, labels }),
  matrix: ({ url, room_id, token }) => ({ type: 'matrix', url, roomId: room_id, token }),
  teams: ({ url }) => ({ type: 'teams', url }),
  pushover: ({ token, user, device = null, api_url = 'https://api.pushover.net' }) => ({
    type: 'pushover',
    token,
    user,
    device,
    apiUrl: api_url,
  }),
  exec: ({ command, args = [], timeout = 10_000 }) => ({ type: 'exec', command, args, timeoutMs: timeout }),
};
