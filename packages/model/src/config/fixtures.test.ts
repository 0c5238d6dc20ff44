// Every mistake under fixtures/config, with the exact words that tell of it. A fixture is named by its mistake;
// what follows its name here are the lines that `guardia check-config` prints after the file's name.
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadConfigFile } from './load.ts';
import { ALERTING_MESSAGES } from './test/alerting-messages.ts';
import { linesOf } from './test/load-text.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/config/', import.meta.url));
const ENV = { WORD: 'hunter2' };

const ONE_KIND =
  'alerts.ops: must have exactly one kind: discord, webhook, slack, telegram, ntfy, gotify, pagerduty, opsgenie, email, alertmanager, matrix, teams, pushover or exec';
const SCHEMES =
  'must begin with http://, https://, tcp://, tls://, dns://, icmp://, postgres://, redis://, smtp://, ssh://, systemd:// or docker://, or be host:port beside a type';

const MESSAGES: Readonly<Record<string, readonly string[]>> = {
  ...ALERTING_MESSAGES,
  'a-list-instead-of-a-map.yaml': [': value a list; must be a map, with keys such as servers'],
  'alert-a-number.yaml': [
    ':2: services[0].alert: value 5; must be the name of a notifier, a list of names, or one notifier',
  ],
  'alert-in-place-misspelt.json': [
    ':7: services[0].alert.discord.url: missing; must be a URL that begins with http:// or https://',
    ':7: services[0].alert.discord.uri: unknown key; did you mean "url"?',
  ],
  'alert-names-unknown-notifier-in-list.yaml': [
    ':6: services[0].alert[1]: value "pager"; must be the name of a notifier under alerts',
  ],
  'alert-names-unknown-notifier.yaml': [
    ':6: servers[0].limits.usage.alert: value "opps"; must be the name of a notifier under alerts; did you mean "ops"?',
  ],
  'alert-without-any-notifier.yaml': [
    ':2: defaults.service.alert: value "ops"; there are no notifiers under alerts',
  ],
  'alerts-a-list.yaml': [':1: alerts: value a list; must be a map of names and notifiers'],
  'archive-after-below-a-day.yaml': [
    ':3: storage.archive.after: value "12h"; must be a duration from 1d to 36500d, as seconds or like 36h, 30d, 5y',
  ],
  'archive-after-not-below-raw.yaml': [
    ':4: storage.archive.after: value "29d"; 29d must be at least 2d below the age at which raw samples are deleted, 30d',
  ],
  'archive-of-raw-samples-kept-five-days.yaml': [
    ':4: storage.archive.after: 7d must be at least 2d below the age at which raw samples are deleted, 5d',
  ],
  'archive-partition-a-month.yaml': [':3: storage.archive.partition: value "month"; must be day or hour'],
  'archive-with-memory.yaml': [
    ':3: storage.archive: must not be given with backend memory: its history ends with the hub',
  ],
  'archive-with-none.yaml': [':3: storage.archive: must not be given with backend none: it keeps no history'],
  'archive-without-path.yaml': [':3: storage.archive.path: missing; must be the path of a folder'],
  'backend-missing.yaml': [':1: storage.backend: missing; must be sqlite, postgres, memory or none'],
  'backend-misspelt.yaml': [
    ':2: storage.backend: value "sqllite"; must be sqlite, postgres, memory or none; did you mean "sqlite"?',
  ],
  'bind-not-an-address.yaml': [
    ':2: api.bind: value "127.0.0.256"; must be an IP address or a host name, without port',
  ],
  'bind-with-port.yaml': [
    ':2: api.bind: value "127.0.0.1:8080"; must be an IP address or a host name, without port',
  ],
  'cleanup-interval-above-720-hours.yaml': [
    ':1: storage.cleanup_interval_hours: value 721; must be a number from 0.01 to 720',
  ],
  'cors-a-word.yaml': [':2: api.enable_cors: value "maybe"; must be true or false'],
  'database-url-and-url-file.yaml': [
    ':4: storage.url_file: value "database.url"; must not be given together with url',
  ],
  'database-url-not-postgres.yaml': [
    ':3: storage.url: value (hidden); must be a URL that begins with postgres:// or postgresql://',
  ],
  'database-url-with-sqlite.yaml': [
    ':3: storage.url: must not be given with backend sqlite, only with postgres',
  ],
  'empty.json': [': the file is empty'],
  'empty.toml': [': the file is empty'],
  'empty.yaml': [': the file is empty'],
  'expected-status-backwards.yaml': [
    ':4: services[0].expected_status: value "299-200"; must be a status code from 100 to 599, a range such as 200-299, or a list of these',
  ],
  'expected-status-beyond-599.yaml': [
    ':4: services[0].expected_status[1]: value 600; must be a status code from 100 to 599, or a range such as 200-299',
  ],
  'exporter-alerts-unknown-notifier.yaml': [
    ':3: defaults.exporter.alert: value "opps"; must be the name of a notifier under alerts; did you mean "ops"?',
    ':3: defaults.exporter.unreachable.alert[1]: value "pager"; must be the name of a notifier under alerts',
    ':5: exporters[0].alert: value "pops"; must be the name of a notifier under alerts; did you mean "ops"?',
    ':5: exporters[0].unreachable.alert: value "pager"; must be the name of a notifier under alerts',
  ],
  'exporter-bearer-token-and-file.yaml': [
    ':5: exporters[0].bearer_token_file: value "node.token"; must not be given together with bearer_token',
  ],
  'exporter-keys-of-prometheus.yaml': [
    ':4: exporters[0].scrape_interval: unknown key; known here: name, url, bearer_token, bearer_token_file, labels, interval, timeout, alert, unreachable',
    ':5: exporters[0].bearer-token: unknown key; did you mean "bearer_token"?',
  ],
  'exporter-labels-not-allowed.yaml': [
    ':5: exporters[0].labels.target: value "web-1"; must have a name of letters, digits and _ that begins with a letter, and not target',
    ':6: exporters[0].labels.2nd: value "up"; must have a name of letters, digits and _ that begins with a letter, and not target',
    ':7: exporters[0].labels.data-center: value "eu"; must have a name of letters, digits and _ that begins with a letter, and not target',
    ':8: exporters[0].labels.rack: value 5; must be a text of 1 to 200 characters on one line',
  ],
  'exporter-timeout-not-below-interval.yaml': [
    ':5: exporters[0].timeout: value "10s"; time-out 10 s must be below the interval, 10 s',
  ],
  'exporter-url-without-scheme.yaml': [
    ':2: exporters[0].url: value "10.0.0.5:9100/metrics"; must be a URL that begins with http:// or https://',
  ],
  'exporters-a-map.yaml': [':1: exporters: value a map; must be a list of exporters'],
  'grace-negative.yaml': [
    ':4: servers[0].limits.usage.grace: value -1; must be a whole number from 0 to 10000',
  ],
  'header-a-list.yaml': [':5: services[0].headers.Authorization: value (hidden); must be a text on one line'],
  'header-beyond-latin-1.yaml': [
    ':1: servers[0].token: value (hidden); must hold no character beyond Latin-1, which HTTP headers can not carry',
    ':6: services[0].headers.X-Price: value (hidden); must hold no character beyond Latin-1, which HTTP headers can not carry',
    ':7: services[0].headers.X-Bell: value (hidden); must be a text on one line',
    ':9: services[0].bearer_token: value (hidden); must hold no character beyond Latin-1, which HTTP headers can not carry',
  ],
  'header-name-with-space.yaml': [
    ':5: services[0].headers["X Key"]: value (hidden); must be the name of an HTTP header',
  ],
  'headers-a-text-and-alert-an-address.yaml': [
    ':4: services[0].headers: value a text; must be a map of header names and texts',
    ':5: services[0].alert: value (hidden); there are no notifiers under alerts',
  ],
  'interval-above-a-day.yaml': [
    ':3: defaults.service.interval: value "25h"; must be a duration from 1s to 1d, as seconds or like 30s, 5m, 1h30m, 7d',
  ],
  'interval-below-a-second.yaml': [
    ':3: servers[0].interval: value "500ms"; must be a duration from 1s to 1d, as seconds or like 30s, 5m, 1h30m, 7d',
  ],
  'interval-below-default-timeout.yaml': [
    ':6: services[0].interval: value "10s"; time-out 20 s must be below the interval, 10 s',
  ],
  'interval-not-a-duration.yaml': [
    ':4: services[0].interval: value "5 minutes"; must be a duration from 1s to 1d, as seconds or like 30s, 5m, 1h30m, 7d',
  ],
  'ip-a-url.yaml': [
    ':2: servers[0].ip: value "http://10.0.0.5"; must be an IP address or a host name, without port',
  ],
  'ip-with-zone.yaml': [
    ':2: servers[0].ip: value "fe80::1%eth0"; must be an IP address or a host name, without port',
  ],
  'ip-missing.yaml': [':2: servers[0].ip: missing; must be an IP address or a host name, without port'],
  'json-comment.json': [
    ':2: not valid JSON: expected a key in double quotes; there are no comments, and no comma before "}"',
  ],
  'json-cut-off.json': [':4: not valid JSON: expected "," or "}"'],
  'json-line-break-in-text.json': [
    ':3: not valid JSON: a text with a line break, or an escape that JSON does not know',
  ],
  'json-more-after-the-end.json': [':2: not valid JSON: more text after the end'],
  'json-nested-too-deeply.json': [':1: not valid JSON: nested more than 32 deep'],
  'json-trailing-comma.json': [
    ':4: not valid JSON: expected a key in double quotes; there are no comments, and no comma before "}"',
  ],
  'key-nobody-knows.yaml': [
    ':2: api.colour: unknown key; known here: bind, port, auth_token, auth_token_file, tokens, enable_cors, trusted_proxies',
  ],
  'key-twice.json': [':4: api.port: duplicate key; the first is on line 3'],
  'limit-key-misspelt.toml': [':5: servers[0].limits.usage.limt: unknown key; did you mean "limit"?'],
  'limit-without-a-limit.yaml': [
    ':4: servers[0].limits.usage.limit: missing; must be given here or in defaults.server.limits.usage',
  ],
  'load-zero.yaml': [':4: servers[0].limits.load.limit: value 0; must be a number above 0'],
  'method-in-lower-case.yaml': [
    ':4: services[0].method: value "get"; must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS; did you mean "GET"?',
  ],
  'not-available-sections.yaml': [
    ':1: status_pages: not available in this version',
    ':2: devices: not available in this version',
    ':3: tasks: not available in this version',
    ':4: cluster: not available in this version',
  ],
  'not-text.yaml': [': must be a readable file: it is not text in UTF-8'],
  'notifier-a-text.yaml': [':2: alerts.ops: value a text; must be a map, with keys such as discord'],
  'notifier-kind-unknown.yaml': [
    `:2: ${ONE_KIND}`,
    ':3: alerts.ops.slak: unknown key; did you mean "slack"?',
  ],
  'notifier-settings-a-text.yaml': [
    ':3: alerts.ops.discord: value a text; must be a map, with keys such as url',
  ],
  'notifier-twice.yaml': [':3: alerts.ops: duplicate key; the first is on line 2'],
  'notifier-url-and-url-file.yaml': [
    ':5: alerts.ops.discord.url_file: value "ops.url"; must not be given together with url',
  ],
  'notifier-url-missing.toml': [
    ':1: alerts.ops.discord.url: missing; must be a URL that begins with http:// or https://',
  ],
  'notifier-url-not-http.yaml': [
    ':3: alerts.ops.webhook.url: value (hidden); must be a URL that begins with http:// or https://',
  ],
  'notifier-with-two-kinds.yaml': [`:2: ${ONE_KIND}`],
  'notifier-without-kind.yaml': [`:2: ${ONE_KIND}`],
  'only-comments.yaml': [': the file is empty'],
  'percent-of-a-hundred.yaml': [
    ':4: servers[0].limits.memory.limit: value 100; must be a number above 0 and below 100',
  ],
  'port-a-word.yaml': [':3: servers[0].port: value "agent"; must be a whole number from 1 to 65535'],
  'port-too-high.json': [':2: servers[0].port: value 70000; must be a whole number from 1 to 65535'],
  'port-zero.toml': [':2: api.port: value 0; must be a whole number from 1 to 65535'],
  'postgres-without-url.yaml': [
    ':1: storage.url: missing; must be given with backend postgres, like postgres://user:password@host/database',
  ],
  'proxy-network-too-wide.yaml': [
    ':2: api.trusted_proxies[1]: value "10.0.0.0/33"; must be an IP address or a network such as 10.0.0.0/8',
  ],
  'retention-days-negative.yaml': [
    ':3: storage.retention_days: value -1; must be a number from 0.05 to 36500',
  ],
  'retention-given-twice.yaml': [
    ':4: storage.retention.raw: value "30d"; must not be given together with storage.retention_days',
  ],
  'retention-of-a-tier-zero.yaml': [
    ':3: storage.retention.1m: value "off"; must be a duration from 1h to 36500d, as seconds or like 36h, 30d, 5y, or none',
    ':3: storage.retention.5m: value 0; must be a duration from 1h to 36500d, as seconds or like 36h, 30d, 5y, or none',
    ':3: storage.retention.1h: value "30m"; must be a duration from 1h to 36500d, as seconds or like 36h, 30d, 5y, or none',
  ],
  'retention-raw-none.yaml': [
    ':3: storage.retention.raw: value "none"; must be a duration from 1h to 36500d, as seconds or like 36h, 30d, 5y',
  ],
  'retention-rule-twice.yaml': [
    ':5: storage.retention_rules[1].match: value "disk.*"; must be the only retention rule disk.*; storage.retention_rules[0].match on line 4 is another',
  ],
  'retention-rule-with-labels.yaml': [
    ':3: storage.retention_rules[0].match: value "disk.used_bytes{mount=\\"/\\"}"; must be the name of a metric, * for any characters',
  ],
  'retention-rule-without-an-age.yaml': [
    ':3: storage.retention_rules[0]: must name at least one of raw, 1m, 5m and 1h',
  ],
  'retention-rules-a-map.yaml': [':3: storage.retention_rules: value a map; must be a list of rules'],
  'scope-unknown.yaml': [
    ':3: api.tokens[0].scopes[1]: value "opperate"; must be read, operate or admin; did you mean "operate"?',
  ],
  'scopes-empty.yaml': [':3: api.tokens[0].scopes: must name at least one of read, operate and admin'],
  'secret-key-misspelt.json': [':5: servers[0].tokn: unknown key; did you mean "token"?'],
  'sensor-unknown.yaml': [
    ':4: servers[0].limits.temperature.sensor: value "hotest"; must be mean or hottest; did you mean "hottest"?',
  ],
  'series-per-target-below-100.yaml': [
    ':1: storage.max_series_per_target: value 99; must be a whole number from 100 to 1000000',
  ],
  'server-a-text.yaml': [':2: servers[0]: value a text; must be a map, with keys such as ip'],
  'server-key-misspelt.yaml': [':3: servers[0].intervall: unknown key; did you mean "interval"?'],
  'servers-a-map.yaml': [':1: servers: value a map; must be a list of servers'],
  'service-name-missing.yaml': [
    ':2: services[0].name: missing; must be a text of 1 to 200 characters on one line',
  ],
  'service-url-with-password-misspelt.yaml': [
    `:3: services[0].url: value (hidden); ${SCHEMES}; did you mean "https://"?`,
  ],
  'service-url-without-scheme.yaml': [`:3: services[0].url: value "shop.example.org/health"; ${SCHEMES}`],
  'several-at-once.yaml': [
    ':3: storage.retention_day: unknown key; did you mean "retention_days"?',
    ':5: api.port: value 99999; must be a whole number from 1 to 65535',
    ':11: servers[0].timeout: value 10; time-out 10 s must be below the interval, 5 s',
    ':13: servers[0].limits.usage.limit: value 120; must be a number above 0 and below 100',
    ':13: servers[0].limits.usage.alert: value "opps"; must be the name of a notifier under alerts; did you mean "ops"?',
    ':14: servers[1].ip: value "10.0.0.5"; must be the only server 10.0.0.5:51243; servers[0].ip on line 9 is another',
    ':15: servers[1].prot: unknown key; did you mean "port"?',
    `:18: services[0].url: value "shop"; ${SCHEMES}`,
  ],
  'severity-unknown.yaml': [':4: services[0].severity: value "fatal"; must be info, warning or critical'],
  'storage-a-text.yaml': [':1: storage: value a text; must be a map, with keys such as backend'],
  'table-twice.toml': [':4: not valid TOML: trying to redefine an already defined table or value'],
  'temperature-too-high.yaml': [
    ':4: servers[0].limits.temperature.limit: value 900; must be a number from -50 to 200',
  ],
  'timeout-not-below-interval.yaml': [
    ':4: servers[0].timeout: value 5; time-out 5 s must be below the interval, 5 s',
  ],
  'token-a-number.yaml': [':3: servers[0].token: value (hidden); must be a text on one line, not empty'],
  'token-file-a-folder.yaml': [
    ':3: servers[0].token_file: value "."; must be a readable file: it is a directory',
  ],
  'token-file-missing.yaml': [
    ':3: servers[0].token_file: value "no-such-file"; must be a readable file: there is no such file',
  ],
  'token-file-not-a-text.yaml': [':3: servers[0].token_file: value 5; must be the path of a file'],
  'token-missing.yaml': [':3: api.tokens[0].token: missing; must be a text on one line, not empty'],
  'token-named-like-auth-token.yaml': [
    ':4: api.tokens[0].name: value "auth_token"; must be the only token auth_token; api.auth_token on line 2 is another',
  ],
  'tokens-without-names.yaml': [':2: api.tokens[0]: value a text; must be a map, with keys such as name'],
  'toml-secret-without-quotes.toml': [':3: not valid TOML: invalid value; put a text in quotes'],
  'toml-syntax.toml': [':2: not valid TOML: invalid value; put a text in quotes'],
  'top-level-key-misspelt.yaml': [':2: server: unknown key; did you mean "servers"?'],
  'two-exporters-with-one-name.yaml': [
    ':3: exporters[1].name: value "node"; must be the only exporter node; exporters[0].name on line 2 is another',
  ],
  'two-servers-with-one-address.yaml': [
    ':3: servers[1].ip: value "10.0.0.5"; must be the only server 10.0.0.5:51243; servers[0].ip on line 2 is another',
  ],
  'two-services-with-one-name.json': [
    ':4: services[1].name: value "shop"; must be the only service shop; services[0].name on line 3 is another',
  ],
  'two-tokens-with-one-name.toml': [
    ':6: api.tokens[1].name: value "web"; must be the only token web; api.tokens[0].name on line 2 is another',
  ],
  'user-id-a-name.yaml': [
    ':3: alerts.ops.discord.user_id: value "anna"; must be ids of users, or of roles with a leading &, separated by spaces',
  ],
  'values-of-odd-forms.yaml': [
    `:3: servers[0].interval: value "\${constructor}"; environment variable constructor is not set`,
    ':4: servers[0].port: value "0x10"; must be a whole number from 1 to 65535',
    ':5: servers[0].display: value ""; must be a text of 1 to 200 characters on one line',
  ],
  'variable-not-a-number.yaml': [`:2: api.port: value "\${WORD}"; must be a whole number from 1 to 65535`],
  'variable-not-set.yaml': [
    ':3: servers[0].token: value (hidden); environment variable GUARDIA_NO_SUCH_TOKEN is not set',
  ],
  'variable-without-end.yaml': [
    `:3: servers[0].display: value "web-\${NAME"; must name a variable as \${NAME}; write $$ for a dollar`,
  ],
  'variable-without-name.yaml': [
    `:3: servers[0].display: value "web-\${}"; must name a variable as \${NAME}; write $$ for a dollar`,
  ],
  'windows-line-ends-and-byte-order-mark.yaml': [':3: servers[0].prt: unknown key; did you mean "port"?'],
  'yaml-alias-bomb.yaml': [': must use aliases at most 10000 times, nested ones multiplied'],
  'yaml-alias-unknown.yaml': [
    ':1: servers: must refer to an anchor above it; put a text that begins with * in quotes',
  ],
  'yaml-circle.yaml': [': must be nested at most 32 deep'],
  'yaml-merge-of-a-number.yaml': [': must merge (<<) maps only'],
  'yaml-secret-after-a-bar.yaml': [':3: not valid YAML: Not a YAML token'],
  'yaml-secret-that-begins-with-a-star.yaml': [
    ':3: servers[0].token: must refer to an anchor above it; put a text that begins with * in quotes',
  ],
  'yaml-syntax.yaml': [':3: not valid YAML: Sequence item without - indicator'],
  'yaml-two-documents.yaml': [':2: must be a single YAML document'],
  'yaml-unknown-tag.yaml': [':3: must not have tags; put a text that begins with ! in quotes'],
};

describe('a configuration with a mistake', () => {
  test('has a fixture for each line of the table, and a line for each fixture', async () => {
    expect((await readdir(FOLDER)).sort()).toEqual(Object.keys(MESSAGES).sort());
  });

  test.each(Object.entries(MESSAGES))('%s', async (fixture, messages) => {
    const loaded = await loadConfigFile(FOLDER + fixture, { env: ENV });
    expect(linesOf(loaded)).toEqual(messages.map((message) => fixture + message));
  });

  test('is never told with a secret in the words', async () => {
    for (const fixture of await readdir(FOLDER)) {
      const loaded = await loadConfigFile(FOLDER + fixture, { env: ENV });
      expect(linesOf(loaded).join('\n')).not.toMatch(/hunter2|example\.org\/secret/);
    }
  });
});
