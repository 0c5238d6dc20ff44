import type { AlertRule } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noticeOf, notifierConformance } from '../conformance.ts';
import { createDiscordNotifier } from './discord.ts';
import { DISCORD_LIMITS, type DiscordEmbed, discordMessage } from './discord-message.ts';
import { bar, codeSpan, cut, escapeText } from './discord-text.ts';

notifierConformance('discord', (url, deps) =>
  createDiscordNotifier({ type: 'discord', name: 'ops', url, mentions: ['42'] }, deps),
);

const length = (text: string) => [...text].length;
const shown = /[^\s\p{Default_Ignorable_Code_Point}]/u;

describe('the look', () => {
  const look = (rule: AlertRule) => discordMessage(noticeOf({ alert: { rule } })).embeds[0].color;

  test('keeps the colours that people know', () => {
    expect([look('temperature'), look('usage')]).toEqual([15158332, 15105570]);
    expect(discordMessage(noticeOf({ notice: { kind: 'resolved' } })).embeds[0].color).toBe(3066993);
  });

  test('every rule has a colour of its own, and so has a test', () => {
    const rules: AlertRule[] = [
      'temperature',
      'usage',
      'memory',
      'disk',
      'load',
      'unreachable',
      'service_down',
      'check_unknown',
    ];
    const test = discordMessage(noticeOf({ notice: { kind: 'test' } })).embeds[0];
    expect(new Set([3066993, test.color, ...rules.map(look)]).size).toBe(rules.length + 2);
    expect(test.title).toBe('Test message: web-1');
    expect(test.description).toMatch(/^This is a test; nothing is wrong\./);
  });

  test('says what, where, how much and since when', () => {
    const message = discordMessage(
      noticeOf({ alert: { rule: 'disk', instance: '/srv', value: 82, limit: 80, summary: 'full soon' } }),
    );
    expect(message.embeds[0]).toEqual({
      title: 'Disk filling up: web-1',
      description: 'full soon',
      color: 15844367,
      fields: [
        { name: 'Target', value: 'web-1', inline: true },
        { name: 'Address', value: '`10.0.0.5:51243`', inline: true },
        { name: 'Where', value: '`/srv`', inline: true },
        { name: 'Value', value: '████████░░ 82 %', inline: true },
        { name: 'Limit', value: '80 %', inline: true },
        { name: 'Since', value: '<t:1767323035:F>', inline: true },
      ],
      footer: { text: 'Guardia, warning, alt_abc:firing' },
      timestamp: '2026-01-02T03:04:05.000Z',
    });
  });

  test('a recovery says when, and has no bar where there is no value', () => {
    const { embeds } = discordMessage(
      noticeOf({
        notice: { kind: 'resolved' },
        alert: { value: null, limit: null, firedAt: null, resolvedAt: 1_767_323_040_000 },
      }),
    );
    expect(embeds[0].title).toBe('Recovered from high CPU usage: web-1');
    expect(embeds[0].fields.map(({ name, value }) => [name, value]).slice(2)).toEqual([
      ['Since', '<t:1767323015:F>'],
      ['Recovered', '<t:1767323040:F>'],
    ]);
  });

  test('a value without a unit fills the bar at its limit', () => {
    const { embeds } = discordMessage(noticeOf({ alert: { rule: 'load', value: 1.04, limit: 2, unit: '' } }));
    expect(embeds[0].fields.map(({ value }) => value)).toEqual(expect.arrayContaining(['█████░░░░░ 1', '2']));
  });
});

describe('mentions', () => {
  test('name only who is configured, and nobody on recovery', () => {
    expect(discordMessage(noticeOf(), ['42', '&7'])).toMatchObject({
      content: '<@42> <@&7>',
      allowed_mentions: { parse: [], users: ['42'], roles: ['7'] },
    });
    expect(discordMessage(noticeOf({ notice: { kind: 'resolved' } }), ['42'])).toMatchObject({
      content: '',
      allowed_mentions: { parse: [], users: [], roles: [] },
    });
    expect(discordMessage(noticeOf())).toMatchObject({
      content: '',
      allowed_mentions: { parse: [], users: [], roles: [] },
    });
  });

  test('are as many as fit into the content', () => {
    const ids = Array.from({ length: 200 }, (_, i) => `&${'1'.repeat(17)}${100 + i}`);
    const { content, allowed_mentions } = discordMessage(noticeOf(), ids);
    expect(length(content)).toBeLessThanOrEqual(2000);
    expect(allowed_mentions.roles.length).toBe(80);
  });

  test('in names are made harmless', () => {
    const { embeds } = discordMessage(
      noticeOf({ alert: { targetName: '@everyone <@1> [x](http://y) **b** `c`' } }),
    );
    expect(embeds[0].title).toBe(
      'High CPU usage: @\u200beveryone \\<@\u200b1\\> \\[x\\]\\(http://y\\) \\*\\*b\\*\\* \\`c\\`',
    );
  });
});

describe('text', () => {
  test('is cut to characters, not to halves of them', () => {
    expect(cut('a😀😀b', 3)).toBe('a😀…');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('ab\\*cd', 4)).toBe('ab…');
    expect(cut('ab\\\\cd', 5)).toBe('ab\\\\…');
  });

  test('that is blank becomes a dash', () => {
    expect([cut('', 5), cut(' \u200b\n', 5), codeSpan(' ', 9)]).toEqual(['-', '-', '-']);
  });

  test('escapes lists, headings and lone surrogates', () => {
    expect(escapeText('- a\n1. b\n# c \ud800')).toBe('\\- a\n\\1. b\n\\# c \ufffd');
    expect(codeSpan('a`b\nc', 20)).toBe("`a'b c`");
  });

  test('bars are whole cells, and never more than ten', () => {
    expect([
      bar(0, 100),
      bar(44, 100),
      bar(45, 100),
      bar(500, 100),
      bar(-1, 100),
      bar(1, 0),
      bar(0, 0),
    ]).toEqual([
      '░░░░░░░░░░',
      '████░░░░░░',
      '█████░░░░░',
      '██████████',
      '░░░░░░░░░░',
      '██████████',
      '░░░░░░░░░░',
    ]);
  });
});

const shortText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc
    .array(fc.constantFrom('\\', '`', '@', '*', '😀', ' ', '\ud800', '\n', '\u200b', 'a'), { maxLength: 30 })
    .map((parts) => parts.join('')),
);
/** Short, or long by repetition, which is cheap to make and to shrink. */
const anyText = fc.tuple(shortText, fc.nat(500)).map(([text, times]) => text.repeat(times));

function totalOf(embed: DiscordEmbed): number {
  const texts = [embed.title, embed.description, embed.footer.text];
  for (const { name, value } of embed.fields) texts.push(name, value);
  return texts.reduce((sum, text) => sum + length(text), 0);
}

test('the limits hold for any text', () => {
  fc.assert(
    fc.property(
      fc.record({ targetName: anyText, summary: anyText, instance: anyText, unit: anyText }),
      anyText,
      anyText,
      fc.constantFrom('firing' as const, 'resolved' as const, 'test' as const),
      fc.option(fc.double()),
      (alert, address, dedupeKey, kind, value) => {
        const message = discordMessage(
          noticeOf({ notice: { kind, address, dedupeKey }, alert: { ...alert, value } }),
          ['42'],
        );
        const [embed] = message.embeds;
        expect(length(embed.title)).toBeLessThanOrEqual(DISCORD_LIMITS.title);
        expect(length(embed.description)).toBeLessThanOrEqual(DISCORD_LIMITS.description);
        expect(length(embed.footer.text)).toBeLessThanOrEqual(DISCORD_LIMITS.footer);
        expect(embed.fields.length).toBeLessThanOrEqual(25);
        for (const field of embed.fields) {
          expect(length(field.name)).toBeLessThanOrEqual(256);
          expect(length(field.value)).toBeLessThanOrEqual(DISCORD_LIMITS.fieldValue);
          expect(field.value).toMatch(shown);
        }
        expect(embed.description).toMatch(shown);
        expect(length(message.content)).toBeLessThanOrEqual(2000);
        expect(totalOf(embed)).toBeLessThanOrEqual(DISCORD_LIMITS.total);
        expect(JSON.stringify(message).isWellFormed()).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});
