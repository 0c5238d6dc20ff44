// Makes the pictures of the documentation from a running demo: `npm run screenshot`. Needs Debian's chromium.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { root } from './steps.ts';

const PORT = '18090';
/** Long enough for the charts to have a line. */
const COLLECT_MS = 90_000;
const PICTURES = join(root, 'docs/pictures');

const args = ['packages/cli/bin/guardia.mjs', 'demo', '--port', PORT, '--interval', '2'];
const demo = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
try {
  await sleep(COLLECT_MS);
  await takePictures();
} finally {
  demo.kill('SIGINT');
  await once(demo, 'exit');
}

async function takePictures(): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
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
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 760 }, colorScheme });
    await page.goto(`http://127.0.0.1:${PORT}/`);
    await page.getByText('live', { exact: false }).first().waitFor();
    await sleep(3000);
    await page.screenshot({ path: join(PICTURES, `page-${colorScheme}.png`) });
    await page.close();
  }
  await browser.close();
}
