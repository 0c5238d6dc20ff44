// Silences, maintenance and witnesses as the hub gets them.
import { expect, test } from 'vitest';
import { configOf } from './test/load-text.ts';

test('a silence holds between two points in time, whatever their zones', async () => {
  const { silences } = await configOf(`
silences:
  - match: { target: "web-*", severity: warning }
    starts_at: 2027-01-31T22:00:00+01:00
    ends_at: "2027-02-01 04:30Z"
    author: anna
    reason: move to another rack`);
  expect(silences).toEqual([
    {
      match: { target: 'web-*', severity: 'warning' },
      startsAt: Date.UTC(2027, 0, 31, 21),
      endsAt: Date.UTC(2027, 1, 1, 4, 30),
      author: 'anna',
      reason: 'move to another rack',
    },
  ]);
});

test('a silence of TOML takes its own form of time', async () => {
  const text = `[[silences]]
match = { group = "db" }
starts_at = 2027-01-31T22:00:00+01:00
ends_at = 2027-02-01T00:00:00Z
author = "anna"
reason = "move"`;
  const { silences } = await configOf(text, { name: 'guardia.toml' });
  expect(silences).toMatchObject([{ startsAt: Date.UTC(2027, 0, 31, 21), endsAt: Date.UTC(2027, 1, 1) }]);
});

test('a maintenance window without a name is named after cron and match', async () => {
  const { maintenance } = await configOf(`
maintenance:
  - { match: { tag: db }, cron: "0 3 * * 0", duration: 2h }
  - { name: patches, match: { target: "*" }, cron: "30 0 3 * * MON#1", timezone: Europe/Rome, duration: 30m }`);
  expect(maintenance).toEqual([
    {
      name: '0 3 * * 0 tag=db',
      match: { tag: 'db' },
      cron: '0 3 * * 0',
      timezone: 'UTC',
      durationMs: 7_200_000,
    },
    {
      name: 'patches',
      match: { target: '*' },
      cron: '30 0 3 * * MON#1',
      timezone: 'Europe/Rome',
      durationMs: 1_800_000,
    },
  ]);
});

test('a maintenance window whose conditions are long has no longer name than one may give', async () => {
  const { maintenance } = await configOf(`
maintenance:
  - { match: { target: "${'\u{1F600}'.repeat(190)}" }, cron: "0 3 * * 0", duration: 2h }`);
  expect(maintenance[0]!.name).toBe(`0 3 * * 0 target=${'\u{1F600}'.repeat(182)}…`);
});

test('witnesses stay as they are written', async () => {
  const { witnesses } = await configOf('witnesses: ["192.0.2.1:443", "[2001:db8::1]:53", "example.org:443"]');
  expect(witnesses).toEqual(['192.0.2.1:443', '[2001:db8::1]:53', 'example.org:443']);
});

test('of the hub itself every notifier is told, unless the file says who', async () => {
  const alerts =
    'alerts: { a: { discord: { url: "https://d.example/x" } }, b: { ntfy: { url: "https://n.example/t" } } }\n';
  expect((await configOf(alerts)).hubAlert).toBeNull();
  expect((await configOf(`${alerts}defaults: { hub: { alert: b } }`)).hubAlert).toEqual(['b']);
});
