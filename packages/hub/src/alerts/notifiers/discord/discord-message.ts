// What a notice looks like in Discord: one embed, coloured by what is wrong, within Discord's limits for any text.
// Escaping and cutting are discord-text.ts; sending is discord.ts.
import type { Alert, AlertRule, EpochMs } from '@guardia/model';
import type { Notice } from '../notifier.ts';
import { bar, characterCount, codeSpan, cut, escapeText } from './discord-text.ts';

interface DiscordField {
  readonly name: string;
  readonly value: string;
  readonly inline: boolean;
}

export interface DiscordEmbed {
  readonly title: string;
  readonly description: string;
  readonly color: number;
  readonly fields: readonly DiscordField[];
  readonly footer: { readonly text: string };
  readonly timestamp: string;
}

interface DiscordMessage {
  readonly content: string;
  readonly embeds: readonly [DiscordEmbed];
  readonly allowed_mentions: {
    readonly parse: readonly [];
    readonly users: readonly string[];
    readonly roles: readonly string[];
  };
}

/** Discord's limits in characters (Discord developer documentation, "Embed limits"). */
export const DISCORD_LIMITS = {
  title: 256,
  description: 4096,
  fieldValue: 1024,
  footer: 2048,
  total: 6000,
} as const;

/** Ids have at most 20 digits, so that these fit into Discord's 2000 characters of content. */
const MAX_MENTIONS = 80;

const RECOVERED = 3066993;
const TEST = 3447003;

const LOOKS: Readonly<Record<AlertRule, { readonly color: number; readonly title: string }>> = {
  temperature: { color: 15158332, title: 'High temperature' },
  usage: { color: 15105570, title: 'High CPU usage' },
  memory: { color: 10181046, title: 'High memory usage' },
  disk: { color: 15844367, title: 'Disk filling up' },
  load: { color: 12745742, title: 'High load' },
  unreachable: { color: 10038562, title: 'Unreachable' },
  service_down: { color: 15548997, title: 'Service down' },
  check_unknown: { color: 9807270, title: 'Checks without a result' },
  storage: { color: 15548997, title: 'Guardia cannot write' },
};

/** Writes a notice as a Discord message. What fires and what is a test mentions the given: ids of users, or of
 *  roles with a leading `&`. Nobody else can be mentioned, whatever a name holds. */
export function discordMessage(notice: Notice, mentions: readonly string[] = []): DiscordMessage {
  const mentioned = notice.kind === 'resolved' ? [] : mentions.slice(0, MAX_MENTIONS);
  return {
    content: mentioned.map((id) => `<@${id}>`).join(' '),
    embeds: [embed(notice)],
    allowed_mentions: {
      parse: [],
      users: mentioned.filter((id) => !id.startsWith('&')),
      roles: mentioned.filter((id) => id.startsWith('&')).map((id) => id.slice(1)),
    },
  };
}

function embed(notice: Notice): DiscordEmbed {
  const title = cut(`${heading(notice)}: ${escapeText(notice.alert.targetName)}`, DISCORD_LIMITS.title);
  const fields = embedFields(notice);
  const footer = cut(
    `Guardia, ${notice.alert.severity}, ${notice.dedupeKey.toWellFormed()}`,
    DISCORD_LIMITS.footer,
  );
  const spent = fields.reduce(
    (sum, { name, value }) => sum + characterCount(name) + characterCount(value),
    characterCount(title) + characterCount(footer),
  );
  // The rest has at most 4,900 characters, so there is always room.
  const room = Math.min(DISCORD_LIMITS.description, DISCORD_LIMITS.total - spent);
  return {
    title,
    description: cut(description(notice), room),
    color: color(notice),
    fields,
    footer: { text: footer },
    timestamp: new Date(notice.at).toISOString(),
  };
}

function heading({ kind, alert }: Notice): string {
  const { title } = LOOKS[alert.rule];
  if (kind === 'test') return 'Test message';
  return kind === 'resolved' ? `Recovered from ${title.toLowerCase().replace('cpu', 'CPU')}` : title;
}

function description({ kind, alert }: Notice): string {
  const summary = escapeText(alert.summary);
  return kind === 'test' ? `This is a test; nothing is wrong. ${summary}` : summary;
}

function color({ kind, alert }: Notice): number {
  if (kind === 'test') return TEST;
  return kind === 'resolved' ? RECOVERED : LOOKS[alert.rule].color;
}

function embedFields({ alert, address }: Notice): DiscordField[] {
  const fields = [
    field('Target', escapeText(alert.targetName)),
    { name: 'Address', value: codeSpan(address, DISCORD_LIMITS.fieldValue), inline: true },
  ];
  if (alert.instance !== '') {
    fields.push({ name: 'Where', value: codeSpan(alert.instance, 256), inline: true });
  }
  fields.push(...valueFields(alert), field('Since', discordTime(alert.firedAt ?? alert.pendingSince)));
  if (alert.resolvedAt !== null) fields.push(field('Recovered', discordTime(alert.resolvedAt)));
  return fields;
}

function valueFields({ value, limit, unit }: Alert): DiscordField[] {
  if (value === null || limit === null) return [];
  // Percent and degrees fill the bar at 100; a value without a unit (load per core) at its limit.
  const scale = unit === '' ? limit : 100;
  return [
    field('Value', `${bar(value, scale)} ${quantity(value, unit)}`),
    field('Limit', quantity(limit, unit)),
  ];
}

function quantity(value: number, unit: string): string {
  return `${Math.round(value * 10) / 10} ${unit === '' ? '' : cut(escapeText(unit), 16)}`.trimEnd();
}

/** Discord shows it in the reader's own zone and language. */
function discordTime(at: EpochMs): string {
  return `<t:${Math.floor(at / 1_000)}:F>`;
}

function field(name: string, value: string): DiscordField {
  return { name, value: cut(value, DISCORD_LIMITS.fieldValue), inline: true };
}
