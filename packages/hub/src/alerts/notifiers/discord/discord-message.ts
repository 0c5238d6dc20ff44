// What a message looks like in Discord: an embed per alert, coloured by what is wrong, or one for all of a large group.
// An embed's own parts are discord-embed.ts; sending is discord.ts.
import { footer, headline, lines } from '../message-text.ts';
import type { Message } from '../notifier.ts';
import { DISCORD_LIMITS, type DiscordEmbed, embedColor, embedLength, noticeEmbed } from './discord-embed.ts';
import { escapeText, shown } from './discord-text.ts';

export interface DiscordMessage {
  readonly content: string;
  readonly embeds: readonly DiscordEmbed[];
  readonly allowed_mentions: {
    readonly parse: readonly [];
    readonly users: readonly string[];
    readonly roles: readonly string[];
  };
}

/** Ids have at most 20 digits, so that these fit into Discord's 2000 characters of content. */
const MAX_MENTIONS = 80;

/** Writes a message for Discord. Whatever doesn't only tell of recoveries mentions the given: ids of users, or of
 *  roles with a leading `&`. Nobody else can be mentioned, whatever a name holds. */
export function discordMessage(message: Message, mentions: readonly string[] = []): DiscordMessage {
  const isRecovery = message.notices.every(({ kind }) => kind === 'resolved');
  const mentioned = isRecovery ? [] : mentions.slice(0, MAX_MENTIONS);
  return {
    content: mentioned.map((id) => `<@${id}>`).join(' '),
    embeds: embeds(message),
    allowed_mentions: {
      parse: [],
      users: mentioned.filter((id) => !id.startsWith('&')),
      roles: mentioned.filter((id) => id.startsWith('&')).map((id) => id.slice(1)),
    },
  };
}

function embeds(message: Message): DiscordEmbed[] {
  const { notices, dedupeKey } = message;
  if (notices.length > DISCORD_LIMITS.embeds) return [summaryEmbed(message)];
  const each = notices.map((notice) => noticeEmbed(notice, dedupeKey));
  const total = each.reduce((sum, embed) => sum + embedLength(embed), 0);
  return total <= DISCORD_LIMITS.total ? each : [summaryEmbed(message)];
}

/** One line per notice, as many as fit. */
function summaryEmbed(message: Message): DiscordEmbed {
  const { notices } = message;
  const description = lines(message, DISCORD_LIMITS.description, { escape: escapeText }).join('\n');
  return {
    title: shown(headline(message), DISCORD_LIMITS.title),
    description,
    color: embedColor(notices.find(({ kind }) => kind !== 'resolved') ?? notices[0]),
    fields: [],
    footer: { text: footer(message) },
    timestamp: new Date(notices.at(-1)!.at).toISOString(),
  };
}
