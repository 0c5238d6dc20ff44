import type { AlertRule } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyMessage,
  groupMessageOf,
  messageOf,
  NOTIFIER_BASE,
  noticeOf,
  notifierConformance,
} from '../conformance.ts';
import { createDiscordNotifier } from './discord.ts';
import type { DiscordEmbed } from './discord-embed.ts';
import { discordMessage } from './discord-message.ts';
import { bar, codeSpan, escapeText, shown } from './discord-text.ts';

notifierConformance('discord', (url, deps) =>
  createDiscordNotifier({ ...NOTIFIER_BASE, type: 'discord', url, mentions: ['42'] }, deps),
);

const length = (text: string) => [...text].length;
const visible = /[^\s\p{Default_Ignorable_Code_Point}]/u;
/** The only embed of a message of one notice. */
function embedOf(given: Parameters<typeof noticeOf>[0] = {}): DiscordEmbed {
  const { embeds } = discordMessage(messageOf(noticeOf(given)));
  expect(embeds).toHaveLength(1);
  return embeds[0]!;
}

describe('rule 20: the look', () => {
  const look = (rule: AlertRule) => embedOf({ alert: { rule } }).color;

  test('keeps the colours that people know', () => {
    expect([look('temperature'), look('usage')]).toEqual([15158332, 15105570]);
    expect(embedOf({ notice: { kind: 'resolved' } }).color).toBe(3066993);
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
      'service_degraded',
      'cert_expiry',
      'check_unknown',
      'slo_burn',
      'flapping',
      'hub_blind',
      'hub_disk',
      'delivery_dead',
      'actor_crashed',
      'storage',
      'custom:backup',
    ];
    const test = embedOf({ notice: { kind: 'test' } });
    expect(new Set([3066993, test.color, ...rules.map(look)]).size).toBe(rules.length + 2);
    expect(test.title).toBe('Test message: web-1');
    expect(test.description).toMatch(/^This is a test; nothing is wrong\./);
  });

  test('says what, where, how much and since when', () => {
    expect(
      embedOf({ alert: { rule: 'disk', instance: '/srv', value: 82, limit: 80, summary: 'full soon' } }),
    ).toEqual({
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
    const embed = embedOf({
      notice: { kind: 'resolved' },
      alert: { value: null, limit: null, firedAt: null, resolvedAt: 1_767_323_040_000 },
    });
    expect(embed.title).toBe('Recovered: High CPU usage: web-1');
    expect(embed.fields.map(({ name, value }) => [name, value]).slice(2)).toEqual([
      ['Since', '<t:1767323015:F>'],
      ['Recovered', '<t:1767323040:F>'],
    ]);
  });

  test('a value without a unit fills the bar at its limit', () => {
    const { fields } = embedOf({ alert: { rule: 'load', value: 1.04, limit: 2, unit: '' } });
    expect(fields.map(({ value }) => value)).toEqual(expect.arrayContaining(['█████░░░░░ 1', '2']));
  });
});

describe('rule 18: a group', () => {
  test('has an embed for each while there are at most ten', () => {
    const { embeds } = discordMessage(groupMessageOf(10));
    expect(embeds.map(({ title }) => title)).toEqual(
      Array.from({ length: 10 }, (_, i) => `High CPU usage: host-${String(i + 1).padStart(2, '0')}`),
    );
    expect(new Set(embeds.map(({ footer }) => footer.text))).toEqual(new Set(['Guardia, warning, grp_abc']));
  });

  test('of more is one embed with a line for each', () => {
    const { embeds } = discordMessage(groupMessageOf(11));
    expect(embeds).toHaveLength(1);
    expect(embeds[0]!.title).toBe('11 alerts: host-01, host-02 and 9 more');
    expect(embeds[0]!.description.split('\n')).toHaveLength(11);
    expect([embeds[0]!.color, embeds[0]!.fields]).toEqual([15105570, []]);
  });

  test('whose embeds would be too long together is one embed', () => {
    const notices = Array.from({ length: 3 }, (_, i) =>
      noticeOf({
        notice: { kind: 'resolved' },
        alert: { targetName: `web-${i}`, summary: 'x'.repeat(3_000) },
      }),
    );
    const { embeds, content } = discordMessage(messageOf(notices[0], ...notices.slice(1)), ['42']);
    expect(embeds.map(({ title, color }) => [title, color])).toEqual([
      ['3 recovered: web-0, web-1 and 1 more', 3066993],
    ]);
    expect(content).toBe('');
  });

  test('in which anything fires mentions', () => {
    const { content } = discordMessage(messageOf(noticeOf({ notice: { kind: 'resolved' } }), noticeOf()), [
      '42',
    ]);
    expect(content).toBe('<@42>');
  });
});

describe('rule 20: mentions', () => {
  test('name only who is configured, and nobody on recovery', () => {
    expect(discordMessage(messageOf(), ['42', '&7'])).toMatchObject({
      content: '<@42> <@&7>',
      allowed_mentions: { parse: [], users: ['42'], roles: ['7'] },
    });
    expect(discordMessage(messageOf(noticeOf({ notice: { kind: 'resolved' } })), ['42'])).toMatchObject({
      content: '',
      allowed_mentions: { parse: [], users: [], roles: [] },
    });
    expect(discordMessage(messageOf())).toMatchObject({
      content: '',
      allowed_mentions: { parse: [], users: [], roles: [] },
    });
  });

  test('are as many as fit into the content', () => {
    const ids = Array.from({ length: 200 }, (_, i) => `&${'1'.repeat(17)}${100 + i}`);
    const { content, allowed_mentions } = discordMessage(messageOf(), ids);
    expect(length(content)).toBeLessThanOrEqual(2000);
    expect(allowed_mentions.roles.length).toBe(80);
  });

  test('in names are made harmless', () => {
    const { title } = embedOf({ alert: { targetName: '@everyone <@1> [x](http://y) **b** `c`' } });
    expect(title).toBe(
      'High CPU usage: @\u200beveryone \\<@\u200b1\\> \\[x\\]\\(http://y\\) \\*\\*b\\*\\* \\`c\\`',
    );
  });
});

describe('text', () => {
  test('is cut to characters, not to halves of them', () => {
    expect(shown('a😀😀b', 3)).toBe('a😀…');
    expect(shown('abc', 3)).toBe('abc');
    expect(shown('ab*cd', 4)).toBe('ab…');
    expect(shown('ab*cd', 5)).toBe('ab\\*…');
  });

  test('that is blank becomes a dash', () => {
    expect([shown('', 5), shown(' \u200b\n', 5), codeSpan(' ', 9)]).toEqual(['-', '-', '-']);
  });

  test('escapes lists, headings and lone surrogates', () => {
    expect(escapeText('- a\n1. b\n# c \ud800')).toBe('\\- a\n\\1. b\n\\# c \ufffd');
    expect(codeSpan('a`b\nc', 20)).toBe("`a'b c`");
    expect([shown('a\u202eb', 9), codeSpan('a\u202eb', 9)]).toEqual(['ab', '`ab`']);
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

function lengthsOf(embed: DiscordEmbed): number[] {
  const texts = [embed.title, embed.description, embed.footer.text];
  for (const { name, value } of embed.fields) texts.push(name, value);
  return texts.map(length);
}

function expectWithinLimits(embed: DiscordEmbed): void {
  expect(length(embed.title)).toBeLessThanOrEqual(256);
  expect(length(embed.description)).toBeLessThanOrEqual(4096);
  expect(length(embed.footer.text)).toBeLessThanOrEqual(2048);
  expect(embed.fields.length).toBeLessThanOrEqual(25);
  for (const field of embed.fields) {
    expect(length(field.name)).toBeLessThanOrEqual(256);
    expect(length(field.value)).toBeLessThanOrEqual(1024);
    expect(field.value).toMatch(visible);
  }
  expect(embed.description).toMatch(visible);
}

test('rule 20: the limits hold for any message', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const sent = discordMessage(message, ['42']);
      expect(sent.embeds.length).toBeLessThanOrEqual(10);
      expect(sent.embeds.length).toBeGreaterThan(0);
      for (const embed of sent.embeds) expectWithinLimits(embed);
      expect(length(sent.content)).toBeLessThanOrEqual(2000);
      const total = sent.embeds.flatMap(lengthsOf).reduce((sum, part) => sum + part, 0);
      expect(total).toBeLessThanOrEqual(6000);
      expect(JSON.stringify(sent)).not.toMatch(/\\ud[89a-f]/i);
    }),
    { numRuns: 200 },
  );
});
