// A real browser and a real hub for tests of the page, both gone afterwards. What is tested is for the files page*.test.ts.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type HubProcess, type HubSettings, startHub } from './hub.ts';
import { Bench } from './programs.ts';

const CHROMIUM = '/usr/bin/chromium';
/** Whether there is no browser here, so that tests of the page are left out. */
export const missing = !existsSync(CHROMIUM);
if (missing && process.env.CI === 'true')
  throw new Error(`${CHROMIUM} is missing: install Debian's chromium`);
if (missing)
  console.warn(`SKIPPED: the page isn't tested, ${CHROMIUM} is missing; install Debian's chromium`);

let browser: Browser;
let bench: Bench;
const closing: (() => Promise<void>)[] = [];

/** Starts the browser before the tests of a file, and ends after each test what that started. */
export function usePages(): void {
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
    await closePages();
    await bench.close();
    for (const close of closing.splice(0)) await close();
  });
}

/** A page left open goes on asking a hub that is gone, and thirty of them take half a core from the tests that follow. */
async function closePages(): Promise<void> {
  for (const context of browser?.contexts() ?? []) {
    for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  }
}

/** What else is to end after this test. */
export function atEnd(close: () => Promise<void>): void {
  closing.push(close);
}

/** Ends the hub of this test, and what it watches, before its time. */
export const endHub = (): Promise<void> => bench.close();

interface Settings extends HubSettings {
  readonly silences?: readonly object[];
  readonly display?: string;
  readonly browsing?: BrowserContextOptions;
}

/** Opens the page of a hub that watches one server, `this box` unless `display` says otherwise. */
export async function open(settings: Settings, port?: number): Promise<[Page, HubProcess]> {
  bench = new Bench();
  const agent = await bench.agent('s');
  const { display = 'this box', browsing = {}, servers = [], ...rest } = settings;
  const server = { ip: '127.0.0.1', port: agent.port, token: 's', interval: 1, display };
  const hub = await startHub(bench, { servers: [server, ...servers], ...rest }, port);
  const page = await browser.newPage(browsing);
  // sooner than the test's own end, so that it is said what was waited for
  page.setDefaultTimeout(60_000);
  await page.goto(hub.url);
  return [page, hub];
}
