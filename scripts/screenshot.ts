// Makes the pictures of the documentation from a running hub: `npm run screenshot`. Needs Debian's chromium.
// Starting the hub is for picture-hub.ts.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import { startPictureHub } from './picture-hub.ts';
import { root } from './steps.ts';

const PORT = 18_090;
/** Long enough for the lines of the last minutes to have a shape. */
const COLLECT_MS = 60_000;
const PICTURES = join(root, 'docs/pictures');

const hub = await startPictureHub(PORT);
try {
  await sleep(COLLECT_MS);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-sync',
    ],
  });
  mkdirSync(PICTURES, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await take(browser, colorScheme);
    await takeIncident(browser, colorScheme);
  }
  await browser.close();
} finally {
  await hub.stop();
}

async function take(browser: Browser, colorScheme: 'light' | 'dark'): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 960 }, colorScheme });
  await page.goto(`${hub.url}/#range=7d`);
  await page.getByText('30-minute averages').first().waitFor();
  await page.getByRole('slider', { name: 'Memory' }).hover({ position: { x: 400, y: 50 } });
  await page.screenshot({ path: join(PICTURES, `page-${colorScheme}.png`) });
  await page.close();
}

async function takeIncident(browser: Browser, colorScheme: 'light' | 'dark'): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 480 }, colorScheme });
  await page.goto(hub.url);
  await page.getByRole('button', { name: 'what happened' }).first().click();
  await page.locator('#happened').getByText('shop is down').first().waitFor();
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(PICTURES, `incident-${colorScheme}.png`) });
  await page.close();
}
