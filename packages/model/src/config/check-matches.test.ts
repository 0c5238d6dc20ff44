// What is said of maintenance, silences and rules that mean nothing of the file.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configOf } from './test/load-text.ts';

const TARGETS = `storage: { backend: sqlite }
alerts: { ops: { webhook: { url: "https://ops.example.org" } } }
defaults: { server: { alert: ops }, exporter: { alert: ops }, service: { alert: ops } }
servers: [{ ip: 192.0.2.1, display: web-1, tags: [web, rome] }, { ip: 192.0.2.2, display: web-2, tags: [web] }]
exporters: [{ name: postgres-main, url: "http://ana:geheim@192.0.2.3:9187/metrics?token=k3y" }]
services: [{ name: shop, url: "https://shop.example.org", group: sales, tags: [public] }]
`;

const warningsOf = async (text: string) => (await configOf(TARGETS + text)).warnings;

const ofMatch = (match: object) =>
  warningsOf(`maintenance: [{ match: ${JSON.stringify(match)}, cron: "0 3 * * 0", duration: 1h }]`);

const ofScope = (of: object) =>
  warningsOf(`rules: [{ name: half, when: count(down) > 1, alert: ops, of: ${JSON.stringify(of)} }]`);

describe('rule 11: a match', () => {
  test.each([
    [{ target: 'web-1' }],
    [{ target: 'web-*' }],
    [{ target: '*' }],
    [{ target: 'Guardia' }],
    [{ target: 'srv_aaaaaaaaaaaaaaaaaaaa' }],
    [{ target: 'sv*' }],
    [{ tag: 'rome', group: 'web' }],
    [{ group: 'sales', tag: 'pub*', rule: 'service_*' }],
    [{ rule: 'custom:rule', severity: 'critical' }],
    [{ rule: '*' }],
    [{ instance: '/data' }],
  ])('%j means something', async (match) => {
    expect(await ofMatch(match)).toEqual([]);
  });

  test.each([
    [
      { target: 'wbe-1' },
      'target: value "wbe-1"; no server, service or exporter is called that; did you mean "web-1"?',
    ],
    [
      { target: 'wbe-*' },
      'target: value "wbe-*"; no server, service or exporter is called that; did you mean "web-*"?',
    ],
    [
      { target: 'Web-*' },
      'target: value "Web-*"; no server, service or exporter is called that; did you mean "web-*"?',
    ],
    [
      { target: '192.0.2.2:51243' },
      'target: value "192.0.2.2:51243"; no server, service or exporter is called that; did you mean "web-2"?',
    ],
    [{ target: 'mail*relay' }, 'target: value "mail*relay"; no server, service or exporter is called that'],
    [{ tag: 'roem' }, 'tag: value "roem"; no server or service has such a tag; did you mean "rome"?'],
    [
      { group: 'slaes' },
      'group: value "slaes"; no server or service is of such a group; did you mean "sales"?',
    ],
    [
      { rule: 'service-down' },
      'rule: value "service-down"; no alert is of such a rule, and those under rules are instances of custom:rule; did you mean "service_down"?',
    ],
  ])('%j means nothing', async (match, told) => {
    expect(await ofMatch(match)).toEqual([`maintenance[0].match.${told}`]);
  });

  test('whose conditions nothing meets at once is told as a whole', async () => {
    expect(await ofMatch({ rule: 'disk', target: 'web-*', tag: 'public' })).toEqual([
      'maintenance[0].match: no server, service or exporter has target "web-*" and tag "public" at once',
    ]);
  });

  test('names each wrong condition, of silences too', async () => {
    expect(
      await warningsOf(`silences:
  - match: { tag: nowhere, group: sale }
    starts_at: 2027-01-31T22:00:00Z
    ends_at: 2027-02-01T06:00:00Z
    author: ana
    reason: disks`),
    ).toEqual([
      'silences[0].match.tag: value "nowhere"; no server or service has such a tag',
      'silences[0].match.group: value "sale"; no server or service is of such a group; did you mean "sales"?',
    ]);
  });

  test('that is about a rule by its name means something', async () => {
    const rule = 'rules: [{ name: half, when: count(down) > 1, alert: ops }]\n';
    const window = 'maintenance: [{ match: { target: half }, cron: "0 3 * * 0", duration: 1h }]';
    expect(await warningsOf(rule + window)).toEqual([]);
  });

  test('always means a target by its name, its tag, its group, or the beginning of one of them', async () => {
    const known = fc.constantFrom(
      { key: 'target', value: 'postgres-main' },
      { key: 'tag', value: 'public' },
      { key: 'group', value: 'sales' },
    );
    await fc.assert(
      fc.asyncProperty(known, fc.nat(12), async ({ key, value }, at) => {
        const glob = at >= value.length ? value : `${value.slice(0, at)}*${value.slice(at + 1)}`;
        expect(await ofMatch({ [key]: glob })).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('rule 9: of what a rule is', () => {
  test.each([
    [{}],
    [{ kind: 'server', tag: 'web' }],
    [{ target: '192.0.2.*' }],
    [{ target: 'shop', kind: 'service', group: 'sales' }],
    [{ target: 'http://192.0.2.3:9187/*' }],
    [{ target: 'http://192.0.2.3:9187/metrics?token=***', kind: 'exporter' }],
  ])('%j means something', async (of) => {
    expect(await ofScope(of)).toEqual([]);
  });

  test.each([
    [{ tag: 'wbe' }, '.tag: value "wbe"; no server or service has such a tag; did you mean "web"?'],
    [{ target: 'Guardia' }, '.target: value "Guardia"; no server, service or exporter is called that'],
    [{ target: '*geheim*' }, '.target: value "*geheim*"; no server, service or exporter is called that'],
    [
      { target: 'http://a@192.0.2.3:9187/metrics' },
      '.target: value "http://a@192.0.2.3:9187/metrics"; no server, service or exporter is called that; did you mean "http://192.0.2.3:9187/metrics"?',
    ],
    [
      { kind: 'exporter', tag: 'web' },
      ': no server, service or exporter has kind "exporter" and tag "web" at once',
    ],
  ])('%j means nothing', async (of, told) => {
    expect(await ofScope(of)).toEqual([`rules[0].of${told}`]);
  });

  test('a kind that the file has none of is told', async () => {
    const text = `storage: { backend: sqlite }
services: [{ name: s, url: "http://s", alert: [] }]
rules: [{ name: r, when: count(down) > 1, alert: [], of: { kind: server } }]`;
    expect((await configOf(text)).warnings).toEqual([
      'rules[0].of.kind: value "server"; there is none of that kind',
    ]);
  });
});

test('a file without targets says that alone', async () => {
  const text = `storage: { backend: sqlite }
maintenance: [{ match: { tag: db }, cron: "0 3 * * 0", duration: 1h }]`;
  expect((await configOf(text)).warnings).toEqual(['no servers, exporters or services: nothing is watched']);
});
