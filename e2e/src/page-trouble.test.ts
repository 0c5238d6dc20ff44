// The page of a hub in trouble, in a real browser: what it says needs somebody, and what people do about it there. What
// is shown of what goes well is for page.test.ts.
import { startFarSide } from '@guardia/testing';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { atEnd, endHub, missing, open, usePages } from './page-bench.ts';
import { freePort } from './programs.ts';

usePages();

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
  atEnd(() => far.stop());
  const nobody = `tcp://127.0.0.1:${await freePort()}`;
  const [page] = await open({
    alerts: { pager: { webhook: { url: `${far.url}/hook` }, group_wait: 0 } },
    services: [
      { name: 'shop', url: far.url, interval: 1, timeout: 0.9, tags: ['eu'] },
      { name: '<b>orders</b>', url: nobody, interval: 1, timeout: 0.9, alert: 'pager' },
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
    // the form that is filled in is that of the page that comes
    const isLoaded = page.waitForEvent('load');
    await page.getByRole('button', { name: 'other token' }).click();
    await isLoaded;
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

  it('shows a silence that somebody else makes, without asking for it', async () => {
    const [page, hub] = await open({});
    // nothing is read anew by the clock
    await page.addInitScript('globalThis.setInterval = () => 0');
    await page.reload();
    await page.getByText('live ●').waitFor();
    const silence = { match: { target: 'web-*' }, duration: '1h', reason: 'new disk' };
    const made = await fetch(`${hub.url}/api/v1/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(silence),
    });
    expect(made.ok).toBe(true);
    await page.getByText('1 silence', { exact: true }).waitFor();
  });

  it('says that what it shows is old when the hub is gone', async () => {
    const page = await openTrouble();
    await page.getByText('live ●').waitFor();
    await endHub();
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

  it('leaves marked text alone while the lists are read anew', async () => {
    const page = await openTrouble();
    await page.getByText('live ●').waitFor();
    const name = alertRow(page).locator('b');
    await name.waitFor();
    expect(await name.textContent()).toBe('<b>orders</b>');
    const marked = () => page.evaluate<string>('getSelection().toString()');
    await name.selectText();
    // the second answer comes after what the first one brought was drawn
    for (let answers = 0; answers < 2; answers += 1) await page.waitForResponse('**/api/v1/services');
    expect(await marked()).toBe('<b>orders</b>');
  });

  it('leaves marked text alone when something comes or goes before or behind it', async () => {
    const page = await openTrouble();
    const marked = await page.evaluate<
      string[]
    >(`import('/assets/dom.js').then(({ byId, el, placeItems }) => {
      const list = byId('attention').appendChild(el('ul', {}));
      const [a, b, c] = ['a', 'b', 'c'].map((text) => el('li', {}, [text]));
      placeItems(list, [b]);
      getSelection().selectAllChildren(b);
      return [[a, b], [a, b, c], [b, c], [c, a, b], [b]].map((nodes) => {
        placeItems(list, nodes);
        return [...list.children].map(({ textContent }) => textContent).join('') + ' ' + getSelection();
      });
    })`);
    expect(marked.map((text) => text.trim().split(/\s+/))).toEqual(
      ['ab', 'abc', 'bc', 'cab', 'b'].map((text) => [text, 'b']),
    );
  });

  it('says what is wrong with an exporter, and not its name again', async () => {
    const [page] = await open({
      exporters: [{ name: 'db-1', url: `http://127.0.0.1:${await freePort()}/metrics`, interval: 1 }],
    });
    await page.getByRole('cell', { name: /^connection refused/ }).waitFor();
    await page.getByRole('button', { name: 'db-1', exact: true }).first().click();
    const detail = page.getByRole('region', { name: 'db-1' });
    await detail.getByText(/^http:.*connection refused/).waitFor();
    await detail.getByRole('img', { name: 'down' }).waitFor();
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
