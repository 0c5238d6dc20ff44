// How the page is laid out, in a real browser: whether everything on it can be read, reached and hit, from a telephone to a
// wide screen. What counts as a fault is for page-faults.js.
import { readFileSync } from 'node:fs';
import { startFarSide } from '@guardia/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { atEnd, missing, open, usePages } from './page-bench.ts';
import { freePort } from './programs.ts';

usePages();

const FAULTS = readFileSync(new URL('page-faults.js', import.meta.url), 'utf8');
/** Of telephones, tablets and screens, and either side of where the page changes its form. */
const WIDTHS_PX = [320, 390, 600, 700, 701, 768, 1024, 1100, 1101, 1440, 2200];
const LONG = 'api-gateway.production.eu-central-1.compute.internal.with_a_long_word_and_no_space.example.com';
const RIGHT_TO_LEFT = '\u062e\u062f\u0645\u0629 \u0627\u0644\u062f\u0641\u0639';

/** Every kind of trouble, under names that are hard to place. */
async function openAll(): Promise<Page> {
  const far = await startFarSide({
    script: ({ path }) => (path === '/hook' ? { status: 404, body: 'no_such_hook_'.repeat(12) } : {}),
  });
  atEnd(() => far.stop());
  const [port, closed] = [await freePort(), await freePort()];
  const nobody = { url: `tcp://127.0.0.1:${closed}`, interval: 1, timeout: 0.9 };
  const silence = { starts_at: '2020-01-01T00:00:00Z', ends_at: '2099-01-01T00:00:00Z', author: 'ana' };
  const [page] = await open(
    {
      alerts: {
        [`pager-${LONG}`]: { webhook: { url: `${far.url}/hook` }, group_wait: 0 },
        shell: { exec: { command: '/bin/true' } },
      },
      silences: [
        { match: { target: RIGHT_TO_LEFT }, reason: `see https://tickets.example.org/${LONG}`, ...silence },
      ],
      servers: [{ ip: '127.0.0.1', port: closed, token: 's', interval: 1, display: `db-${LONG}` }],
      exporters: [
        { name: 'hub', url: `http://127.0.0.1:${port}/metrics`, interval: 1 },
        { name: `exporter-${LONG}`, url: `http://127.0.0.1:${closed}/metrics`, interval: 1 },
      ],
      services: [
        { name: LONG, ...nobody, alert: `pager-${LONG}`, locations: ['hub', 'this box'], quorum: 1 },
        { name: RIGHT_TO_LEFT, ...nobody },
        { name: 'shop', url: far.url, interval: 1, timeout: 0.9 },
        { name: 'backup', type: 'push', token: 'backup-token-0123456789' },
      ],
    },
    port,
  );
  await page.route('**/page-faults.js', (route) =>
    route.fulfill({ body: FAULTS, contentType: 'text/javascript' }),
  );
  return page;
}

/** Opens whatever can be opened: details, forms, lists. */
async function unfold(page: Page): Promise<void> {
  await page
    .getByText(/was not told/)
    .first()
    .waitFor();
  await page.getByRole('cell', { name: 'up' }).first().waitFor();
  await page.locator('#servers .name', { hasText: 'this box' }).click();
  await page.locator('#exporters .name', { hasText: 'hub' }).first().click();
  await page.locator('#services .name', { hasText: LONG }).click();
  await page.locator('#failures li').first().waitFor();
  await page.locator('#series input').first().check();
  await page.locator('#exporter-charts .chart').first().waitFor();
  await page.locator('#server-charts .chart').first().waitFor();
  for (const summary of await page.locator('details:not([open]) > summary').all())
    if (await summary.isVisible()) await summary.click();
  await page.locator('#service-head').getByRole('button', { name: 'silence' }).click();
  await page.locator('#attention-head').getByRole('button', { name: 'mute all' }).click();
  await page.locator('#alerts').getByRole('button', { name: 'silence' }).first().click();
  await page.locator('#alerts').getByRole('button', { name: 'what happened' }).first().click();
  await page.locator('#happened li').first().waitFor();
  await page.getByLabel('Since when').selectOption('in the last 7 days');
  await page
    .getByText(/^\w{3},? \d+ \w{3}, \d\d:\d\d$/)
    .first()
    .waitFor();
  await page.locator('#attention').getByRole('button', { name: 'for 1 h' }).first().click();
  await page.getByText(/^Muted until/).waitFor();
  await page.locator('#attention-head').getByRole('button', { name: 'mute all' }).click();
}

const faults = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>("import('/page-faults.js').then(({ pageFaults }) => pageFaults())");

/** At each width, in each scheme of colours. */
async function sweep(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS_PX) {
      await page.setViewportSize({ width, height: 844 });
      for (const fault of await faults(page)) found.push(`${width} px, ${colorScheme}: ${fault}`);
    }
  }
  return found;
}

describe.skipIf(missing)('the layout of the page', () => {
  it('lets everything be read and reached at any width, by day and night', async () => {
    const page = await openAll();
    await unfold(page);
    expect(await sweep(page)).toEqual([]);
  });

  it('has buttons for fingers where there are fingers', async () => {
    const [page] = await open({
      browsing: { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
    });
    await page.getByRole('cell', { name: 'up' }).waitFor();
    const heights = await page.evaluate<number[]>(
      "[...document.querySelectorAll('button:not(.link), input, select')].filter((one) => one.checkVisibility()).map((one) => one.clientHeight)",
    );
    expect(heights.length).toBeGreaterThan(5);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(34);
  });

  it('fits a telephone, however long names and errors are', async () => {
    const name = 'a service with such a long name that nobody would read it to its end';
    const services = [{ name, url: `tcp://127.0.0.1:${await freePort()}`, interval: 1, timeout: 0.9 }];
    const [page] = await open({ services });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('cell', { name: 'down' }).waitFor();
    const [shown, wide, high] = await page.evaluate<number[]>(`{
      const { clientWidth, scrollWidth } = document.documentElement;
      [clientWidth, scrollWidth, document.querySelector('#services tr').clientHeight];
    }`);
    expect([wide, high! < 200]).toEqual([shown, true]);
  });

  it('says of a chart what was there, and nothing twice', async () => {
    const [page] = await open({});
    await page.getByRole('slider', { name: 'CPU' }).waitFor();
    const chart = page.getByRole('figure').first();
    await page.evaluate(`import('/assets/chart.js').then(({ Chart }) => {
      const chart = new Chart(() => {});
      document.querySelector('main').prepend(chart.element);
      const lines = [{ name: 'a', times: [0, 1000], values: [1, 2], low: [0, 2], high: [3, 2] }];
      const timestamp = new Date(500).toISOString();
      const events = [
        { timestamp, level: 'critical', summary: 'shop is down' },
        { timestamp, level: 'info', summary: 'team was told' },
      ];
      const range = { start: 0, end: 1000, stepMs: 1000, gapMs: 2000 };
      chart.draw({ title: 'a', note: '', format: String, ...range, lines, events });
      chart.point(0);
      globalThis.chart = chart;
    })`);
    await chart.getByText('0 to 3').waitFor();
    // hovers over what is seen, not over what is below it
    await chart.getByRole('img', { name: /: shop is down$/ }).hover();
    await page.evaluate('chart.point(1000)');
    await chart.getByText('0 to 3').waitFor({ state: 'hidden' });
    expect(await chart.locator('.readout').textContent()).toMatch(/:012$/);
  });

  it('has room on the smallest telephone for the longest reading that somebody points at', async () => {
    const [page] = await open({});
    await page.setViewportSize({ width: 320, height: 844 });
    await page.getByRole('slider', { name: 'CPU' }).waitFor();
    const tooWide = await page.evaluate<boolean[]>(`import('/assets/chart.js').then(({ Chart }) => {
      const chart = new Chart(() => {});
      document.querySelector('.charts').replaceChildren(chart.element);
      const [start, stepMs] = [Date.UTC(2026, 10, 25, 20), 1_800_000];
      const line = { name: 'transmitted', times: [start, start + stepMs], values: [1, 2], low: [0, 1], high: [3, 4] };
      const format = (value) => '88' + value + '.888 MB/s';
      const range = { start, end: start + stepMs, stepMs, gapMs: 2 * stepMs };
      return [[line], [line, line]].flatMap((lines) => {
        chart.draw({ title: 'process_resident_memory_bytes', note: '', format, ...range, lines });
        return [start, null].map((at) => {
          chart.point(at);
          return document.documentElement.scrollWidth > document.documentElement.clientWidth;
        });
      });
    })`);
    expect(tooWide).toEqual([false, false, false, false]);
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
