import { expect, it } from 'vitest';

// The page's modules are JavaScript for browsers and have no types.
const { matchText, silenceText, spanChoices } = await import(new URL('silences.js', import.meta.url).href);

it.each([
  [{ target: 'srv_one', rule: 'disk' }, 'target web-1, rule disk'],
  [{ target: 'web-*' }, 'target web-*'],
  [{ tag: 'srv_one', severity: 'warning' }, 'tag srv_one, severity warning'],
])('%j is said as %s', (match, text) => {
  expect(matchText(match, new Map([['srv_one', 'web-1']]))).toBe(text);
});

it('says who silenced, for how long, and why', () => {
  const end = new Date(Date.now() + 2 * 3_600_000 + 30_000).toISOString();
  expect(silenceText({ author: 'ana', ends_at: end, reason: 'disks' })).toBe(
    'silenced by ana for 2 h more: disks',
  );
});

it('gives each span with the reason, or says that there was none', () => {
  const choices = spanChoices((span: object) => span);
  expect(choices.map(([label]: [string]) => label)).toEqual(['for 1 h', 'for 4 h', 'for 1 d']);
  const [[, first]] = choices;
  expect([first('disks'), first('')]).toEqual([
    { duration: '1h', reason: 'disks' },
    { duration: '1h', reason: 'no reason given' },
  ]);
});
