// Draws how Guardia's messages look in Discord, for the worked example of docs/alerting.md: `npm run screenshot:discord`.
// The messages are made by the notifier itself; only their drawing is imitated here.
import { join } from 'node:path';
import type { Alert, DeliveryKind } from '@guardia/model';
import { chromium } from 'playwright-core';
import { discordMessage } from '../packages/hub/src/alerts/notifiers/discord/discord-message.ts';
import type { Message, Notice } from '../packages/hub/src/alerts/notifiers/notifier.ts';
import { root } from './steps.ts';

const MINUTE_MS = 60_000;
const T0 = Date.UTC(2026, 10, 21, 14, 0);

function notice(kind: DeliveryKind, at: number, given: Partial<Alert>): Notice {
  const alert: Alert = {
    id: 'alt_k2m7q4',
    targetId: 'srv_db2',
    targetName: 'db-2',
    rule: 'disk',
    instance: '/var',
    state: kind === 'resolved' ? 'resolved' : 'firing',
    severity: 'warning',
    value: 87.4,
    limit: 85,
    unit: '%',
    summary: 'disk use on /var of db-2 is 87.4 %, above the limit of 85 %',
    violations: 3,
    pendingSince: T0 - MINUTE_MS,
    firedAt: T0,
    resolvedAt: kind === 'resolved' ? at : null,
    notifiers: ['ops'],
    group: 'data',
    tags: ['db'],
    acknowledged: null,
    held: null,
    ...given,
  };
  return { kind, alert, address: '10.0.0.7:51243', at, dedupeKey: `${alert.id}:${kind}` };
}

const down = (name: string, id: string): Notice => ({
  ...notice('firing', T0 + 11 * MINUTE_MS, {
    id,
    targetId: id,
    targetName: name,
    rule: 'service_down',
    instance: '',
    severity: 'critical',
    value: null,
    limit: null,
    unit: '',
    summary: `${name} is down: expected status 200 to 299, got 503`,
    firedAt: T0 + 11 * MINUTE_MS,
  }),
  address: `https://${name}.example/health`,
});

function messageOf(...[first, ...rest]: [Notice, ...Notice[]]): Message {
  return { dedupeKey: rest.length === 0 ? first.dedupeKey : 'msg_x7rk2w', notices: [first, ...rest] };
}

const MESSAGES = [
  messageOf(notice('firing', T0, {})),
  messageOf(
    ...(Array.from({ length: 12 }, (_, i) => down(`shop-${i + 1}`, `svc_${i + 1}`)) as [Notice, ...Notice[]]),
  ),
  messageOf(
    notice('resolved', T0 + 33 * MINUTE_MS, {
      value: 71.2,
      summary: 'disk use on /var of db-2 is back at 71.2 %, limit 85 %',
    }),
  ),
].map((message) => discordMessage(message, ['81384788765712384']));

type Embed = (typeof MESSAGES)[number]['embeds'][number];

function html(text: string): string {
  return text
    .replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!)
    .replace(/&lt;@(\d+)&gt;/g, '<span class="mention">@ana</span>')
    .replace(/&lt;t:(\d+):F&gt;/g, (_, s: string) => time(Number(s) * 1000))
    .replace(/\\([*_~`|()[\]#&])/g, '$1')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll('\n', '<br>');
}

function time(at: number): string {
  return new Date(at).toLocaleString('en-GB', { timeZone: 'UTC', dateStyle: 'full', timeStyle: 'short' });
}

function embedHtml({ title, description, color, fields, footer }: Embed): string {
  const cells = fields.map(({ name, value }) => `<div><b>${html(name)}</b><br>${html(value)}</div>`).join('');
  return `<section style="border-color:#${color.toString(16).padStart(6, '0')}"><h2>${html(title)}</h2>
    <p>${html(description)}</p><div class="fields">${cells}</div><footer>${html(footer.text)}</footer></section>`;
}

const STYLE = `body{margin:0;padding:16px 20px;background:#313338;color:#dbdee1;font:15px/1.4 sans-serif;width:600px}
  header{margin:14px 0 4px}header b{color:#fff}header small{color:#949ba4;margin-left:8px}
  section{background:#2b2d31;border-left:4px solid;border-radius:4px;padding:10px 16px;margin:6px 0;max-width:520px}
  h2{font-size:15px;margin:0 0 6px;color:#fff}p{margin:0 0 8px;font-size:14px}
  .fields{display:grid;grid-template-columns:1fr 1fr 1fr;gap:8px;font-size:13px}footer{font-size:11px;color:#b5bac1;margin-top:8px}
  code{background:#1e1f22;padding:1px 4px;border-radius:3px}.mention{background:#3c4270;color:#c9cdfb;padding:0 3px;border-radius:3px}`;

const body = MESSAGES.map(({ content, embeds }) => {
  const at = embeds[0]!.timestamp.slice(11, 16);
  const mention = content === '' ? '' : `<div>${html(content)}</div>`;
  return `<header><b>Guardia</b><small>${at}</small></header>${mention}${embeds.map(embedHtml).join('')}`;
}).join('');

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: 640, height: 400 } });
await page.setContent(`<style>${STYLE}</style>${body}`);
await page.screenshot({ path: join(root, 'docs/pictures/discord.png'), fullPage: true });
await browser.close();
