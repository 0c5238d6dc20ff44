// The page of live readings in a real browser: what a person sees of servers, exporters and storage, that it moves, and how
// the page asks for a token. Alerts are for page-trouble.test.ts, how it is laid out for page-layout.test.ts.
import { describe, expect, it } from 'vitest';
import { missing, open, usePages } from './page-bench.ts';
import { freePort, until } from './programs.ts';

usePages();

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

  it('says what of the configuration the hub found to be in vain', async () => {
    const [page] = await open({});
    await page.getByText('live').waitFor();
    const message = 'no connection is taken by 10.0.0.1:80, though targets answer';
    await page.route('**/api/v1/health', async (route) => {
      const health = await (await route.fetch()).json();
      const checks = [...health.checks, { name: 'witnesses', status: 'degraded', message }];
      await route.fulfill({ json: { ...health, checks } });
    });
    await page.reload();
    await page.getByText(`witnesses: ${message}`).waitFor();
    expect(await page.getByText('hub: running').count()).toBe(0);
    expect(await page.getByText(/^version \d/).count()).toBe(1);
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

  it('offers nothing to choose from before the hub has answered', async () => {
    const [page] = await open({});
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.reload();
    await page.getByText(/^The hub does not answer\./).waitFor();
    for (const name of ['Filter', 'Of which target'])
      expect(await page.getByLabel(name, { exact: true }).isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'ack all' }).isVisible()).toBe(false);
    await page.unroute('**/api/v1/**');
    await page.getByLabel('Of which target').waitFor();
  });

  it('shows nothing but the question for a token where it needs one', async () => {
    const [page] = await open({ api: { auth_token: 'open-sesame-123' } });
    await page.getByLabel('This hub asks for a token.').waitFor();
    for (const name of ['mute all', 'other token'])
      expect(await page.getByRole('button', { name }).isVisible()).toBe(false);
    expect(await page.getByRole('region', { name: 'What changed' }).isVisible()).toBe(false);
  });
});
