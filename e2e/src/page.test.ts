// The page of live readings in a real browser: what a person sees, that it moves, and what happens with a token.
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type HubProcess, type HubSettings, startHub } from './hub.ts';
import { Bench, until } from './programs.ts';

const CHROMIUM = '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM);
if (missing && process.env.CI === 'true')
  throw new Error(`${CHROMIUM} is missing: install Debian's chromium`);
if (missing)
  console.warn(`SKIPPED: the page isn't tested, ${CHROMIUM} is missing; install Debian's chromium`);

let browser: Browser;
let bench: Bench;

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
afterEach(() => bench.close());

async function open(
  settings: Omit<HubSettings, 'servers'> & { display?: string },
): Promise<[Page, HubProcess]> {
  bench = new Bench();
  const agent = await bench.agent('s');
  const { display = 'this box', ...rest } = settings;
  const server = { ip: '127.0.0.1', port: agent.port, token: 's', interval: 1, display };
  const hub = await startHub(bench, { servers: [server], ...rest });
  const page = await browser.newPage();
  await page.goto(hub.url);
  return [page, hub];
}

describe.skipIf(missing)('the page', () => {
  it('shows a live server, its readings and its charts', async () => {
    const [page] = await open({});
    await page.getByRole('cell', { name: 'up' }).waitFor();
    await page.getByText('live').waitFor();
    await page.getByRole('img', { name: /^Memory: \d/ }).waitFor();
    expect(await page.getByText('Nothing needs you').count()).toBe(1);
    expect(await page.getByRole('cell', { name: 'this box' }).count()).toBe(1);
    // a reading that comes over the stream moves the chart
    const line = page.getByRole('img', { name: /^Memory/ }).locator('path.line');
    const before = await line.getAttribute('d');
    await until('the chart to move', async () => (await line.getAttribute('d')) !== before);
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
});
