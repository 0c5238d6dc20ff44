// One alert as an embed of Discord: title, colour, fields, within Discord's limits for any text.
// Escaping is discord-text.ts; several alerts together are discord-message.ts.
import type { Alert, AlertRule, EpochMs } from '@guardia/model';
import { characterCount, footer, noticeTitle, quantity, summaryOf } from '../message-text.ts';
import type { Notice } from '../notifier.ts';
import { bar, codeSpan, shown } from './discord-text.ts';

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

/** Discord's limits in characters (Discord developer documentation, "Embed limits"); `total` is over all embeds of a
 *  message, `embeds` their number. */
export const DISCORD_LIMITS = {
  title: 256,
  description: 4096,
  fieldValue: 1024,
  total: 6000,
  embeds: 10,
} as const;

const RECOVERED = 3066993;
const TEST = 3447003;
const CUSTOM = 5793266;

const COLORS: Readonly<Record<Exclude<AlertRule, `custom:${string}`>, number>> = {
  temperature: 15158332,
  usage: 15105570,
  memory: 10181046,
  disk: 15844367,
  load: 12745742,
  unreachable: 10038562,
  service_down: 15548997,
  service_degraded: 16098851,
  cert_expiry: 16705372,
  check_unknown: 9807270,
  slo_burn: 15418782,
  flapping: 1752220,
  hub_blind: 2303786,
  hub_disk: 12370112,
  delivery_dead: 11342935,
  actor_crashed: 7419530,
  storage: 13632027,
};

/** @param dedupeKey of the message that the embed is in: shown in its footer */
export function noticeEmbed(notice: Notice, dedupeKey: string): DiscordEmbed {
  const bare = {
    title: shown(`${noticeTitle(notice)}: ${notice.alert.targetName}`, DISCORD_LIMITS.title),
    description: '',
    color: embedColor(notice),
    fields: embedFields(notice),
    // Discord formats nothing in a footer, so that nothing is escaped there.
    footer: { text: footer({ dedupeKey, notices: [notice] }) },
    timestamp: new Date(notice.at).toISOString(),
  };
  // The rest has at most 3,100 characters, so there is always room.
  const room = Math.min(DISCORD_LIMITS.description, DISCORD_LIMITS.total - embedLength(bare));
  return { ...bare, description: shown(summaryOf(notice), room) };
}

export function embedColor({ kind, alert }: Notice): number {
  if (kind === 'test') return TEST;
  return kind === 'resolved' ? RECOVERED : ((COLORS as Record<string, number>)[alert.rule] ?? CUSTOM);
}

/** Length as Discord counts it towards the limit of a message. */
export function embedLength({ title, description, fields, footer: { text } }: DiscordEmbed): number {
  const texts = [title, description, text, ...fields.flatMap(({ name, value }) => [name, value])];
  return texts.reduce((sum, part) => sum + characterCount(part), 0);
}

function embedFields({ alert, address }: Notice): DiscordField[] {
  const fields = [
    field('Target', shown(alert.targetName, DISCORD_LIMITS.fieldValue)),
    field('Address', codeSpan(address, DISCORD_LIMITS.fieldValue)),
  ];
  if (alert.instance !== '') fields.push(field('Where', codeSpan(alert.instance, 256)));
  fields.push(...valueFields(alert), field('Since', discordTime(alert.firedAt ?? alert.pendingSince)));
  if (alert.resolvedAt !== null) fields.push(field('Recovered', discordTime(alert.resolvedAt)));
  return fields;
}

function valueFields({ value, limit, unit }: Alert): DiscordField[] {
  if (value === null || limit === null) return [];
  // Percent and degrees fill the bar at 100; a value without a unit (load per core) at its limit.
  const scale = unit === '' ? limit : 100;
  return [
    field('Value', `${bar(value, scale)} ${shown(quantity(value, unit), 64)}`),
    field('Limit', shown(quantity(limit, unit), 64)),
  ];
}

/** Discord shows it in the reader's own zone and language. */
function discordTime(at: EpochMs): string {
  return `<t:${Math.floor(at / 1_000)}:F>`;
}

function field(name: string, value: string): DiscordField {
  return { name, value, inline: true };
}
