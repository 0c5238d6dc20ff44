// The page of live readings in a real browser: what a person sees, that it moves, and what happens with a token.
import { existsSync } from 'node:fs';
import { startFarSide } from '@guardia/testing';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type HubProcess, type HubSettings, startHub } from './hub.ts';
import { Bench, freePort, until } from './programs.ts';

const CHROMIUM = '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM);
if (missing && process.env.CI === 'true')
  throw new Error(`${CHROMIUM} is missing: install Debian's chromium`);
if (missing)
  console.warn(`SKIPPED: the page isn't tested, ${CHROMIUM} is missing; install Debian's chromium`);

let browser: Browser;
let bench: Bench;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  if (missing) return;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-sync',
    ],
  });
});
afterAll(() => browser?.close());
afterEach(async () => {
  await bench.close();
  for (const close of closing.splice(0)) await close();
});

async function open(
  settings: Omit<HubSettings, 'servers'> & { display?: string },
  port?: number,
): Promise<[Page, HubProcess]> {
  bench = new Bench();
  const agent = await bench.agent('s');
  const { display = 'this box', ...rest } = settings;
  const server = { ip: '127.0.0.1', port: agent.port, token: 's', interval: 1, display };
  const hub = await startHub(bench, { servers: [server], ...rest }, port);
  const page = await browser.newPage();
  // sooner than the test's own end, so that it is said what was waited for
  page.setDefaultTimeout(15_000);
  await page.goto(hub.url);
  return [page, hub];
}

const READ = 'read-token-0123456789';
const TOKENS = [
  { name: 'reader', token: READ, scopes: ['read'] },
  { name: 'ana', token: 'operate-token-0123456789', scopes: ['operate'] },
];
const DOWN = '<b>orders</b> is down: expected an answer of';
/** From its beginning: what is said of a message that nobody got quotes it. */
const DOWN_ALONE = /^<b>orders<\/b> is down/;

/** Two services, one of which is down, and a notifier whose far side refuses the first message. */
async function openTrouble(api: object = {}): Promise<Page> {
  let refusals = 1;
  const far = await startFarSide({
    script: ({ path }) => (path === '/hook' && refusals-- > 0 ? { status: 404, body: 'no such hook' } : {}),
  });
  closing.push(() => far.stop());
  const nobody = `tcp://127.0.0.1:${await freePort()}`;
  const [page] = await open({
    alerts: { pager: { webhook: { url: `${far.url}/hook` }, group_wait: 0 } },
    services: [
      { name: 'shop', url: far.url, interval: 1, timeout: 0.5, tags: ['eu'] },
      { name: '<b>orders</b>', url: nobody, interval: 1, timeout: 0.5, alert: 'pager' },
    ],
    api,
  });
  return page;
}

/** The alert of the service that is down, among those that need somebody or are quiet. */
function alertRow(page: Page): Locator {
  return page
    .getByRole('listitem')
    .filter({ has: page.getByText(DOWN_ALONE) })
    .filter({ has: page.getByText('critical') });
}

async function enter(page: Page, token: string): Promise<void> {
  await page.getByLabel('This hub asks for a token.').fill(token);
  await page.getByRole('button', { name: 'Open' }).click();
}

describe.skipIf(missing)('the page', () => {
  it('shows a live server, its readings and its charts', async () => {
    const [page] = await open({});
    await page.getByRole('cell', { name: 'up' }).waitFor();
    await page.getByText('live').waitFor();
    const memory = page.getByRole('slider', { name: 'Memory' });
    await memory.and(page.locator('[aria-valuetext^="newest: "]')).waitFor();
    expect(await page.getByText('Nothing needs you').count()).toBe(1);
    expect(await page.getByRole('cell', { name: 'this box' }).count()).toBe(1);
    // a reading that comes over the stream moves the chart
    const line = memory.locator('path.line');
    const before = await line.getAttribute('d');
    await until('the chart to move', async () => (await line.getAttribute('d')) !== before);
  });

  it('draws stored readings of a range that the address keeps, and reads them out point by point', async () => {
    const [page, hub] = await open({});
    await page.getByRole('button', { name: '1 h' }).click();
    await page.getByText('10-second averages, from every reading').first().waitFor();
    const cpu = page.getByRole('slider', { name: 'CPU' });
    await cpu.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await cpu.getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d: /);
    expect(await page.locator('.cross:visible').count()).toBeGreaterThan(1);
    await page.keyboard.press('Escape');
    expect(await cpu.getAttribute('aria-valuetext')).toMatch(/^newest: /);
    await page.goto(`${hub.url}/${new URL(page.url()).hash}`);
    await page.reload();
    expect(await page.getByRole('button', { name: '1 h' }).getAttribute('aria-pressed')).toBe('true');
    await page.getByText('10-second averages').first().waitFor();
  });

  it('says when there is nothing to draw, and when it could not be read', async () => {
    const [page] = await open({ storage: { backend: 'none' } });
    await page.getByText('live').waitFor();
    let status = 200;
    await page.route('**/api/v1/query?*', async (route) => {
      if (status === 500) await route.fulfill({ status, json: { error: { message: 'The disk is gone.' } } });
      else await route.fulfill({ json: { step_ms: 10_000, tier: 'raw', times: [], series: [] } });
    });
    await page.getByRole('button', { name: '1 h' }).click();
    await page.getByText('No samples yet.').waitFor();
    status = 500;
    await page.getByRole('button', { name: '7 d' }).click();
    await page.getByText('These charts could not be read. The disk is gone.').waitFor();
    status = 200;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No samples yet.').waitFor();
    await page.unroute('**/api/v1/query?*');
    await page.getByRole('button', { name: '30 d' }).click();
    await page.getByText(/These charts could not be read\. .*none/).waitFor();
    await page.getByText('none: only the newest readings are held').waitFor();
  });

  it('says which part of a range could not be read', async () => {
    const [page] = await open({});
    await page.getByText('live').waitFor();
    await page.route('**/api/v1/query?*', async (route) => {
      const answer = await route.fetch();
      const lost = { message: 'Files are gone.', start: '2026-01-03T12:00:00Z', end: '2026-01-05T12:00:00Z' };
      await route.fulfill({ json: { ...(await answer.json()), warnings: [lost, lost] } });
    });
    await page.getByRole('button', { name: '1 h' }).click();
    const said = page.getByText(/^Part of this range can't be read: 3 Jan .* to 5 Jan .*\. Files are gone\./);
    await said.waitFor();
    await page.getByRole('slider', { name: 'CPU' }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });

  it('lists exporters, finds their series and draws the chosen ones', async () => {
    const port = await freePort();
    const exporter = { name: 'hub itself', url: `http://127.0.0.1:${port}/metrics`, interval: 1 };
    const [page] = await open({ exporters: [exporter] }, port);
    await page.getByRole('button', { name: 'hub itself', exact: true }).click();
    await page.getByLabel('Filter series').fill('servers UP');
    const series = page.getByRole('listitem').filter({ has: page.getByRole('checkbox') });
    await until('one series', async () => (await series.count()) === 1);
    await page.getByRole('checkbox', { name: 'guardia_servers{health="up"}' }).check();
    const chart = page.getByRole('slider', { name: 'guardia_servers{health="up"}' });
    await chart.and(page.locator('[aria-valuetext^="newest: "]')).waitFor();
    await page.reload();
    await chart.waitFor();
    expect(await page.getByRole('checkbox', { name: 'guardia_servers{health="up"}' }).isChecked()).toBe(true);
  });

  it('says how storage is doing', async () => {
    const [page] = await open({});
    const storage = page.getByRole('region', { name: 'Storage' });
    await storage.getByText('last clean-up').waitFor();
    await storage.getByText(/^(nothing yet|all, last|last \d+ s ago)/).waitFor();
  });

  it('takes names as text, never as markup', async () => {
    const [page] = await open({ display: '<img src=x onerror="document.title=1">' });
    await page.getByRole('cell', { name: '<img src=x' }).waitFor();
    expect(await page.title()).toBe('Guardia');
  });

  it('asks for a token, refuses a wrong one, and opens with the right one', async () => {
    const [page] = await open({ api: { auth_token: 'open-sesame-123' } });
    const field = page.getByLabel('This hub asks for a token.');
    await field.fill('open-sesame-124');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('The hub refused this token.').waitFor();
    await field.fill('open-sesame-123');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('cell', { name: 'up' }).waitFor();
    await page.getByText('live').waitFor();
    expect(await field.isVisible()).toBe(false);
  });

  it('shows nothing but the question for a token where it needs one', async () => {
    const [page] = await open({ api: { auth_token: 'open-sesame-123' } });
    await page.getByLabel('This hub asks for a token.').waitFor();
    for (const name of ['mute all', 'other token'])
      expect(await page.getByRole('button', { name }).isVisible()).toBe(false);
    expect(await page.getByRole('region', { name: 'What changed' }).isVisible()).toBe(false);
  });

  it('fits a telephone, however long names and errors are', async () => {
    const name = 'a service with such a long name that nobody would read it to its end';
    const services = [{ name, url: `tcp://127.0.0.1:${await freePort()}`, interval: 1, timeout: 0.5 }];
    const [page] = await open({ services });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('cell', { name: 'down' }).waitFor();
    const [shown, wide, high] = await page.evaluate<number[]>(`{
      const { clientWidth, scrollWidth } = document.documentElement;
      [clientWidth, scrollWidth, document.querySelector('#services tr').clientHeight];
    }`);
    expect([wide, high! < 200]).toEqual([shown, true]);
  });

  it('keeps the labels of a time axis inside a telephone, wherever they come to stand', async () => {
    const [page] = await open({});
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('slider', { name: 'CPU' }).waitFor();
    const tooWide = await page.evaluate<number[]>(`import('/assets/chart.js').then(({ Chart }) => {
      const chart = new Chart(() => {});
      document.querySelector('.charts').replaceChildren(chart.element);
      const format = String;
      return Array.from({ length: 300 }, (_, second) => second * 1000).filter((end) => {
        const start = end - 300_000;
        const lines = [{ name: 'a', times: [start, end], values: [1, 2] }];
        chart.draw({ title: 'a', note: '', format, start, end, stepMs: 5000, gapMs: 10_000, lines });
        return document.documentElement.scrollWidth > document.documentElement.clientWidth;
      });
    })`);
    expect(tooWide).toEqual([]);
  });
});

describe.skipIf(missing)('the page in trouble', () => {
  it('says what needs somebody, and lets them say that they have seen it', async () => {
    const page = await openTrouble({ tokens: TOKENS });
    await enter(page, TOKENS[1]!.token);
    await page.getByRole('heading', { name: /needs? you/ }).waitFor();
    const row = alertRow(page);
    await row.getByRole('button', { name: 'ack' }).click();
    // what is typed stays, whatever comes over the stream meanwhile
    await page.keyboard.type('I am ');
    await page.waitForResponse('**/api/v1/services');
    await page.keyboard.type('looking');
    await page.keyboard.press('Enter');
    await page.getByText(/^seen by ana \d+ s ago: I am looking$/).waitFor();
    expect(await row.getByRole('button', { name: 'ack' }).isVisible()).toBe(false);
  });

  it('lets somebody say of all at once that they have seen them', async () => {
    const page = await openTrouble();
    await page.getByRole('heading', { name: '2 need you' }).waitFor();
    await page.getByRole('button', { name: 'ack all' }).click();
    await page.keyboard.type('storm');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Nothing needs you' }).waitFor();
    expect(await page.getByText(/^seen by loopback .* ago: storm$/).count()).toBe(2);
  });

  it('silences one alert, mutes all, and takes both back', async () => {
    const page = await openTrouble();
    const row = alertRow(page);
    await row.getByRole('button', { name: 'silence', exact: true }).click();
    await row.getByLabel('Silence it because').fill('new disk');
    await row.getByRole('button', { name: 'for 4 h' }).click();
    await row.getByText(/^silenced by .* for [34] h more: new disk$/).waitFor();
    await row.getByRole('button', { name: 'end silence' }).click();
    await row.getByText('silenced by').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'mute all' }).click();
    await page.getByRole('button', { name: 'for 1 h' }).first().click();
    await page.getByText(/^Muted until .*, (59 m|1 h) left: nobody is told of any alert\./).waitFor();
    await page.getByRole('button', { name: 'unmute' }).click();
    await page.getByText(/^Muted until/).waitFor({ state: 'hidden' });
  });

  it('tells what happened around an alert, and sends a dead message again', async () => {
    const page = await openTrouble();
    await page.getByText('pager was not told (firing)').first().waitFor();
    const row = alertRow(page);
    await row.getByRole('button', { name: 'what happened' }).click();
    const incident = page.getByRole('region', { name: DOWN });
    const happened = incident.getByRole('listitem');
    await happened
      .filter({ hasText: /pager was not told \(firing\).*one attempt.*404: no such hook/ })
      .waitFor();
    await happened.filter({ hasText: /<b>orders<\/b> is down/ }).waitFor();
    await page.reload();
    await incident.getByRole('button', { name: 'send again' }).click();
    await happened.filter({ hasText: 'pager was told (firing)' }).waitFor();
    await page.getByText(/messages? reached nobody/).waitFor({ state: 'hidden' });
    await page.keyboard.press('Escape');
    await incident.waitFor({ state: 'hidden' });
  });

  it('rule 23: tries a notifier and says what came of it', async () => {
    const page = await openTrouble();
    await page.getByText('pager was not told (firing)').first().waitFor();
    await page.getByText('1 notifier', { exact: true }).click();
    await page.getByText('pager (webhook)').waitFor();
    await page.getByRole('button', { name: 'send a test' }).click();
    await page.getByText(/^● delivered: /).waitFor();
  });

  it('shows nobody a button for what their token may not do, and says why', async () => {
    const page = await openTrouble({ tokens: TOKENS });
    await enter(page, READ);
    await page.getByText('reader may only read').waitFor();
    const explain = page.getByRole('button', { name: 'what happened' }).first();
    await explain.waitFor();
    expect(await page.locator('.operate:visible').count()).toBe(0);
    await explain.click();
    await page.getByRole('button', { name: 'close' }).first().waitFor();
    await page.getByRole('button', { name: 'other token' }).click();
    await enter(page, TOKENS[1]!.token);
    await page.getByRole('button', { name: 'ack' }).first().waitFor();
  });

  it('says in plain words what a token may no longer do', async () => {
    const page = await openTrouble({ tokens: TOKENS });
    await page.route('**/api/v1/me', (route) =>
      route.fulfill({ json: { name: 'reader', scopes: ['read', 'operate'] } }),
    );
    await enter(page, READ);
    await page.getByRole('button', { name: 'ack' }).first().click();
    await page.getByRole('button', { name: 'acknowledge' }).click();
    await page.getByText("The token 'reader' may not do this: it needs the scope 'operate'.").waitFor();
  });

  it('silences all of one target before anything of it fires, lists that, and ends it', async () => {
    const page = await openTrouble();
    await page.getByRole('button', { name: 'shop', exact: true }).first().click();
    const detail = page.getByRole('region', { name: 'shop' });
    await detail.getByRole('button', { name: 'check now' }).click();
    await detail.getByRole('button', { name: 'silence' }).click();
    await detail.getByLabel('Silence all of shop because').fill('we move');
    await detail.getByRole('button', { name: 'for 4 h' }).click();
    await page.getByText('1 silence', { exact: true }).click();
    const listed = page.getByRole('list', { name: 'Silences' }).getByRole('listitem');
    await listed.filter({ hasText: /target shop.*loopback: we move/ }).waitFor();
    await page.getByRole('button', { name: 'end the silence of target shop' }).click();
    await listed.waitFor({ state: 'hidden' });
  });

  it('says that what it shows is old when the hub is gone', async () => {
    const page = await openTrouble();
    await page.getByText('live ●').waitFor();
    await bench.close();
    await page.getByText(/^The hub does not answer\..* What is shown here is of \d\d:\d\d:\d\d\./).waitFor();
  });

  it('never says that nothing needs anybody when alerts could not be read', async () => {
    const page = await openTrouble();
    const busy = { error: { message: 'The database is busy.' } };
    await page.route('**/api/v1/alerts?*', (route) => route.fulfill({ status: 503, json: busy }));
    await page.reload();
    await page
      .getByText('What is shown may be old: alerts could not be read. The database is busy.')
      .waitFor();
    await page.getByRole('button', { name: 'shop', exact: true }).first().waitFor();
    expect(await page.getByText('Nothing needs you').count()).toBe(0);
    await page.unroute('**/api/v1/alerts?*');
    await page.reload();
    await page.getByText('live ●').waitFor();
    expect(await page.getByText('What is shown may be old').count()).toBe(0);
  });

  it('finds a service by keys, and shows the phases of its answers', async () => {
    const page = await openTrouble();
    await page.getByText('live ●').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('tag:eu status:up');
    await page.getByText('1 of 2').waitFor();
    await page.keyboard.press('Enter');
    const detail = page.getByRole('region', { name: 'shop' });
    const phases = detail.getByRole('slider', { name: 'Phases of an answer' });
    await phases.and(page.locator('[aria-valuetext*="processing"]')).waitFor();
    await detail.getByText('None in the last 24 hours.').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'hidden' });
  });

  it('takes a click during which the list was read anew', async () => {
    const page = await openTrouble();
    await page.getByText('live ●').waitFor();
    await page.getByRole('button', { name: 'shop', exact: true }).first().hover();
    await page.mouse.down();
    // the second answer comes after what the first one brought was to be drawn
    for (let answers = 0; answers < 2; answers += 1) await page.waitForResponse('**/api/v1/services');
    await page.mouse.up();
    await page.getByRole('region', { name: 'shop' }).waitFor();
  });

  it('shows the last failures of a service in their exact words', async () => {
    const page = await openTrouble();
    await page.getByRole('button', { name: '<b>orders</b>' }).first().click();
    const failures = page.getByRole('list', { name: 'Last failures' });
    await failures.getByText(/^expected an answer of .*ECONNREFUSED/).waitFor();
  });

  it('lists what changed, of one target where that is wanted', async () => {
    const page = await openTrouble();
    const changes = page.getByRole('region', { name: 'What changed' });
    await changes.getByText(DOWN_ALONE).waitFor();
    await changes.getByText('this box answers').waitFor();
    await changes.getByLabel('Of which target').selectOption('this box');
    await changes.getByText(DOWN_ALONE).waitFor({ state: 'hidden' });
    await changes.getByText('this box answers').waitFor();
    expect(new URL(page.url()).hash).toContain('target=srv_');
    await changes.getByLabel('Since when').selectOption('in the last 7 days');
    await changes
      .getByText(/^\w{3},? \d+ \w{3}, \d\d:\d\d$/)
      .first()
      .waitFor();
    expect(new URL(page.url()).hash).toContain('since=7d');
  });
});
