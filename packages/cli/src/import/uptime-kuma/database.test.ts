import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { fileWith, guardia } from '../../test/run.ts';
import { imported, reasons, service } from '../test/kit.ts';

/** The columns that matter here, as Uptime Kuma names them. */
const TABLES = `
  CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN DEFAULT 1, "interval" INTEGER DEFAULT 60, url TEXT,
    type TEXT, hostname TEXT, port INTEGER, maxretries INTEGER DEFAULT 0, parent INTEGER, docker_host INTEGER,
    docker_container TEXT, accepted_statuscodes_json TEXT DEFAULT '["200-299"]', upside_down BOOLEAN DEFAULT 0);
  CREATE TABLE notification (id INTEGER PRIMARY KEY, name TEXT, config TEXT);
  CREATE TABLE monitor_notification (id INTEGER PRIMARY KEY, monitor_id INTEGER, notification_id INTEGER);
  CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER, tag_id INTEGER, value TEXT);
  CREATE TABLE docker_host (id INTEGER PRIMARY KEY, docker_daemon TEXT, docker_type TEXT);
  CREATE TABLE setting (id INTEGER PRIMARY KEY, "key" TEXT, value TEXT);
  CREATE TABLE maintenance (id INTEGER PRIMARY KEY, title TEXT, active BOOLEAN DEFAULT 1, strategy TEXT, start_date TEXT,
    end_date TEXT, start_time TEXT, end_time TEXT, weekdays TEXT DEFAULT '[]', days_of_month TEXT DEFAULT '[]',
    interval_day INTEGER, cron TEXT, timezone TEXT, duration INTEGER);
  CREATE TABLE monitor_maintenance (id INTEGER PRIMARY KEY, monitor_id INTEGER, maintenance_id INTEGER);
  INSERT INTO setting ("key", value) VALUES ('serverTimezone', '"Europe/Rome"');
  INSERT INTO monitor (id, name, type) VALUES (1, 'sites', 'group');
  INSERT INTO monitor (id, name, type, url, parent, maxretries) VALUES (2, 'shop', 'http', 'https://shop.example', 1, 1);
  INSERT INTO monitor (id, name, type, docker_host, docker_container) VALUES (3, 'web', 'docker', 1, 'web');
  INSERT INTO monitor (id, name, type, docker_host, docker_container) VALUES (4, 'far', 'docker', 2, 'web');
  INSERT INTO docker_host VALUES (1, '/run/podman.sock', 'socket'), (2, 'tcp://192.0.2.1:2375', 'tcp');
  INSERT INTO notification VALUES (1, 'ops', '{"type":"ntfy","ntfyserverurl":"https://ntfy.sh","ntfytopic":"ops"}');
  INSERT INTO monitor_notification VALUES (1, 2, 1);
  INSERT INTO tag VALUES (1, 'site');
  INSERT INTO monitor_tag VALUES (1, 2, 1, 'rome');
`;

/** A database that stays open, as that of a program that runs; its latest rows are in the log. */
function running(sql = ''): { file: string; database: DatabaseSync } {
  const file = join(dirname(fileWith('x', '')), 'kuma.db');
  const database = new DatabaseSync(file);
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  database.exec(`PRAGMA journal_mode = WAL; ${TABLES} ${sql}`);
  return { file, database };
}

function stopped(sql = ''): string {
  const { file, database } = running(sql);
  database.close();
  return file;
}

test('a database is read with groups, tags, links and docker hosts, and nothing is left beside it', async () => {
  const file = stopped();
  const before = readFileSync(file);
  const done = await imported('uptime-kuma', file);
  expect(service(done, 'shop')).toMatchObject({
    group: 'sites',
    tags: ['site: rome'],
    alert: ['ops'],
    grace: 2,
  });
  expect(service(done, 'web').check).toMatchObject({
    type: 'docker',
    container: 'web',
    socket: '/run/podman.sock',
  });
  expect(reasons(done.leftOut, 'monitor "far"')).toEqual([expect.stringMatching(/over TCP/)]);
  expect(readdirSync(dirname(file)).toSorted()).toEqual(['kuma.db', 'x']);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('what a running program has only in its log is read as well', async () => {
  const { file } = running();
  const wal = readFileSync(`${file}-wal`);
  expect(service(await imported('uptime-kuma', file), 'shop').alert).toEqual(['ops']);
  expect(readFileSync(`${file}-wal`).equals(wal)).toBe(true);
  const copy = join(dirname(fileWith('x', '')), 'copy.db');
  cpSync(file, copy);
  cpSync(`${file}-wal`, `${copy}-wal`);
  expect((await imported('uptime-kuma', copy)).mapped).toMatchObject({ services: 2 });
});

test('maintenance of a monitor whose name has a * is said to hold others as well', async () => {
  const done = await imported(
    'uptime-kuma',
    stopped(`
      INSERT INTO monitor (id, name, type, url) VALUES (9, 'shop*', 'http', 'https://shop.example/');
      INSERT INTO maintenance (id, title, strategy, cron, duration) VALUES (1, 'nightly', 'cron', '30 3 * * *', 3600);
      INSERT INTO monitor_maintenance (monitor_id, maintenance_id) VALUES (9, 1);
    `),
  );
  expect(done.config.maintenance).toMatchObject([{ match: { target: 'shop*' } }]);
  expect(reasons(done.toCheck, 'maintenance "nightly"')[0]).toContain('stands for any characters here');
});

test('maintenance becomes windows where cron says when, and silences where it comes once', async () => {
  const done = await imported(
    'uptime-kuma',
    stopped(`
      INSERT INTO maintenance (id, title, strategy, cron, duration, timezone) VALUES (1, 'nightly', 'cron', '30 3 * * *', 3600, 'UTC');
      INSERT INTO maintenance (id, title, strategy, weekdays, start_time, end_time, timezone)
        VALUES (2, 'weekly', 'recurring-weekday', '[1,0]', '23:30', '01:00', 'SAME_AS_SERVER');
      INSERT INTO maintenance (id, title, strategy, days_of_month, start_time, end_time) VALUES (3, 'monthly', 'recurring-day-of-month', '[1,"lastDay1"]', '02:00', '03:00');
      INSERT INTO maintenance (id, title, strategy, start_date, end_date, timezone) VALUES (4, 'move', 'single', '2999-07-01 22:00:00', '2999-07-02 02:00', 'SAME_AS_SERVER');
      INSERT INTO maintenance (id, title, strategy, start_date, end_date) VALUES (5, 'past', 'single', '2020-01-01 22:00:00', '2020-01-02 02:00');
      INSERT INTO maintenance (id, title, strategy, interval_day, start_time, end_time) VALUES (6, 'third day', 'recurring-interval', 3, '02:00', '03:00');
      INSERT INTO maintenance (id, title, strategy) VALUES (7, 'by hand', 'manual');
      INSERT INTO maintenance (id, title, strategy, cron, duration, active) VALUES (8, 'off', 'cron', '0 0 * * *', 60, 0);
      INSERT INTO maintenance (id, title, strategy, cron, duration) VALUES (9, 'nobody', 'cron', '0 0 * * *', 60);
      INSERT INTO maintenance (id, title, strategy, days_of_month, start_time, end_time) VALUES (10, 'last but one', 'recurring-day-of-month', '["lastDay2"]', '02:00', '03:00');
      INSERT INTO maintenance (id, title, strategy, cron, duration, end_date) VALUES (11, 'this year', 'cron', '0 0 * * *', 60, '2999-12-31 00:00');
      INSERT INTO monitor_maintenance (monitor_id, maintenance_id) VALUES (1, 1), (2, 2), (2, 3), (2, 4), (2, 5), (2, 6), (2, 7), (2, 8), (2, 10), (2, 11);
    `),
  );
  const match = { target: 'shop' };
  expect(done.config.maintenance).toEqual([
    { name: 'nightly: shop', match, cron: '30 3 * * *', timezone: 'UTC', durationMs: 3_600_000 },
    { name: 'weekly: shop', match, cron: '30 23 * * 1,0', timezone: 'Europe/Rome', durationMs: 5_400_000 },
    { name: 'monthly: shop', match, cron: '0 2 1,L * *', timezone: 'Europe/Rome', durationMs: 3_600_000 },
    { name: 'this year: shop', match, cron: '0 0 * * *', timezone: 'Europe/Rome', durationMs: 60_000 },
  ]);
  expect(done.config.silences).toEqual([
    {
      match,
      startsAt: Date.parse('2999-07-01T20:00:00Z'),
      endsAt: Date.parse('2999-07-02T00:00:00Z'),
      author: 'Uptime Kuma',
      reason: 'move',
    },
  ]);
  const why = (title: string) => reasons(done.leftOut, `maintenance "${title}"`)[0];
  expect(['past', 'third day', 'by hand', 'off', 'nobody', 'last but one'].map(why)).toEqual([
    'it is over',
    "it comes every 3 days, which cron can't say",
    'it is switched on and off by hand',
    'it is not active',
    'none of its monitors was imported',
    "cron can't say when it is",
  ]);
  expect(reasons(done.toCheck, 'maintenance "this year"')).toEqual(['windows have no last day here']);
});

test.each<[string, (file: string) => void, RegExp]>([
  [
    'another program’s database',
    (file) => new DatabaseSync(file).exec('CREATE TABLE x (y)'),
    /kuma\.db is a SQLite database, but not that of Uptime Kuma/,
  ],
  [
    'a damaged database',
    (file) => writeFileSync(file, `SQLite format 3\0${'x'.repeat(5_000)}`),
    /kuma\.db can't be read as a database of Uptime Kuma/,
  ],
  [
    'no JSON',
    (file) => writeFileSync(file, 'hello'),
    /kuma\.db is neither a backup of Uptime Kuma, JSON with monitorList, nor its SQLite database/,
  ],
  ['an empty file', (file) => writeFileSync(file, ''), /kuma\.db is neither/],
  ['another JSON', (file) => writeFileSync(file, '{"a":1}'), /kuma\.db is neither/],
  ['nothing', () => undefined, /kuma\.db.*Check the path/],
])('%s ends with 2', async (_name, make, says) => {
  const file = join(dirname(fileWith('x', '')), 'kuma.db');
  make(file);
  const { code, stdout, stderr } = await guardia('import', 'uptime-kuma', file);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(says);
});
