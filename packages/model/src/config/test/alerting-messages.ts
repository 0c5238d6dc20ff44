// What is said of the fixtures whose mistake is in services, notifiers, policies or plans. The other fixtures, and the
// test of all of them, are in fixtures.test.ts.

const CONDITION = 'must be a condition such as count(down) / count(all) > 0.5 or avg(cpu.usage) > 90';

/** By fixture: the lines that `guardia check-config` prints after the file's name. */
export const ALERTING_MESSAGES: Readonly<Record<string, readonly string[]>> = {
  'basic-auth-username-with-colon.yaml': [
    ':4: services[0].basic_auth.username: value "a:b"; must be a text without colon',
  ],
  'credentials-given-twice.yaml': [
    ':4: services[0].basic_auth: must not be given together with url: both log in',
    ':8: services[1].bearer_token: value (hidden); must not be given together with headers.authorization: both log in',
  ],
  'degraded-ms-not-below-timeout.yaml': [
    ':2: services[0].degraded_ms: value 2000; degraded_ms 2000 ms must be below the time-out, 2000 ms',
  ],
  'depends-on-in-a-circle.yaml': [
    ':2: servers[0].depends_on: must not lead back to itself: db -> shop -> cache -> db',
    ':7: services[3].depends_on: must not lead back to itself: self -> self',
  ],
  'depends-on-two-at-once.yaml': [
    ':5: services[1].depends_on[0]: value "db"; must mean one thing: servers[0] on line 2 and services[0] on line 4 have this name',
  ],
  'depends-on-what-can-not-be-read.yaml': [
    ':2: services[0].url: value "db.example.org"; must begin with http://, https://, tcp://, tls://, dns://, icmp://, postgres://, redis://, smtp://, ssh://, systemd:// or docker://, or be host:port beside a type',
  ],
  'depends-on-unknown.yaml': [
    ':1: defaults.service.depends_on[0]: value "router"; must be the name of a service, or the alias or display name of a server',
    ':3: servers[0].depends_on[0]: value "gateway"; must be the name of a service, or the alias or display name of a server',
    ':5: services[0].depends_on[0]: value "db_1"; must be the name of a service, or the alias or display name of a server; did you mean "db-1"?',
  ],
  'escalation-names-unknown-notifier.yaml': [
    ':2: defaults.service.escalation[0].alert: value "opps"; must be the name of a notifier under alerts; did you mean "ops"?',
    ':5: servers[0].limits.unreachable.escalation[0].alert[1]: value "pager"; must be the name of a notifier under alerts',
  ],
  'escalation-wrong.yaml': [
    ':5: services[0].repeat: value "5s"; must be a duration from 1m to 30d, as seconds or like 30s, 5m, 1h30m, 7d',
    ':6: services[0].recover_after: value 0; must be a whole number from 1 to 10000',
    ':7: services[0].escalation[1].after: value "1s"; must be a duration from 1m to 30d, as seconds or like 30s, 5m, 1h30m, 7d',
    ':7: services[0].escalation[2].after: missing; must be a duration from 1m to 30d, as seconds or like 30s, 5m, 1h30m, 7d',
  ],
  'json-path-conditions-wrong.yaml': [
    ':5: services[0].json_path[0]: value "$.ok == yes"; must be a condition such as $.status == "ok", $.items.length > 0 or $.id: the value is "a text", a number, true, false or null',
    ':6: services[0].json_path[1]: value "status == \\"ok\\""; must be a condition such as $.status == "ok", $.items.length > 0 or $.id',
    ':7: services[0].json_path[2]: value "$.count > true"; must be a condition such as $.status == "ok", $.items.length > 0 or $.id: > takes a number or a text',
    ':8: services[0].json_path[3]: value "$.name matches 5"; must be a condition such as $.status == "ok", $.items.length > 0 or $.id: matches takes a regular expression in double quotes',
    ':9: services[0].json_path[4]: value "$.name matches \\"(a\\""; must be a condition such as $.status == "ok", $.items.length > 0 or $.id: at its character 3: \')\' is missing',
    ':10: services[0].json_path[5]: value "$.a = 5"; must be a condition such as $.status == "ok", $.items.length > 0 or $.id',
    ':11: services[0].json_path[6]: value "$.tags == [\\"a\\"]"; must be a condition such as $.status == "ok", $.items.length > 0 or $.id: the value is "a text", a number, true, false or null',
    ':12: services[1].json_path: value a map; must be a condition such as $.status == "ok", or a list of these',
  ],
  'locations-unknown-or-open.yaml': [
    ':5: services[0].locations[1]: value "frr"; must be hub, or the alias or display name of a server; did you mean "fra"?',
    ':5: services[0].locations[2]: value "open"; must be a server whose agent has a token, because one without doesn\'t check for others; give it a token',
    ':5: services[0].locations[4]: value "10.0.0.5:51243"; must name each location once',
    ':5: services[0].locations[5]: value "a"; must be hub, or the alias or display name of a server',
    ':6: services[1].locations: must name at least one location',
  ],
  'head-with-conditions-on-the-body.yaml': [
    ':1: defaults.service.body_pattern: value "ok"; method HEAD brings no body, which body_pattern is looked for in; use GET, or leave out body_pattern',
    ':4: services[1].json_path: value "$.ok"; method HEAD brings no body, which json_path is looked for in; use GET, or leave out json_path',
    ':5: services[2].method: value "HEAD"; method HEAD brings no body, which body_pattern is looked for in; use GET, or leave out body_pattern',
  ],
  'link-local-addresses.yaml': [
    ':2: services[0].url: value "http://169.254.169.254/latest/"; 169.254.169.254 is a link-local or metadata address, which needs allow_link_local: true',
    ':3: services[1].url: value "http://0xa9fea9fe/"; 169.254.169.254 is a link-local or metadata address, which needs allow_link_local: true',
    ':4: services[2].url: value "tcp://[fe80::1]:22"; fe80::1 is a link-local or metadata address, which needs allow_link_local: true',
    ':5: services[3].resolver: value "169.254.169.253"; 169.254.169.253 is a link-local or metadata address, which needs allow_link_local: true',
  ],
  'maintenance-that-never-ends.yaml': [
    ':2: maintenance[0].duration: value "1h"; must be below 1m, after which cron begins again, or the maintenance never ends; shorten it, or let cron begin less often',
    ':3: maintenance[1].duration: value "24h"; must be below 1d, after which cron begins again, or the maintenance never ends; shorten it, or let cron begin less often',
  ],
  'maintenance-wrong.yaml': [
    ':2: maintenance[0].cron: value "0 3 30 2 *"; must be five or six fields of cron, such as 0 3 * * 0: such a day never comes',
    ':3: maintenance[1].cron: value "@daily"; must be five or six fields of cron, such as 0 3 * * 0',
    ':3: maintenance[1].duration: value "1s"; must be a duration from 1m to 30d, as seconds or like 30s, 5m, 1h30m, 7d',
    ':4: maintenance[2].cron: value "61 * * * *"; must be five or six fields of cron, such as 0 3 * * 0: 61 is no minute, 0 to 59',
    ':4: maintenance[2].timezone: value "Europe/Rom"; must be the name of a time zone, such as Europe/Rome',
    ':6: maintenance[4]: value a map; must be the only maintenance window 0 3 * * 0 tag=db; maintenance[3] on line 5 is another',
  ],
  'notifier-grouping-wrong.yaml': [
    ':4: alerts.ops.group_wait: value "1h"; must be a duration from 0s to 10m, as seconds or like 30s, 5m, 1h30m, 7d',
    ':5: alerts.ops.group_by[0]: value "team"; must be group, rule, target or severity',
    ':6: alerts.ops.max_per_minute: value 0; must be a whole number from 1 to 10000',
  ],
  'notifier-settings-wrong.yaml': [
    ':2: alerts.telegram.telegram.token: value (hidden); must be the token of a bot, such as 123456:ABC-def',
    ':2: alerts.telegram.telegram.chat_id: value "anna"; must be the number of a chat, or @ and the name of a channel',
    ':3: alerts.ntfy.ntfy.url: value "https://ntfy.example.org"; must end in the topic, like https://ntfy.sh/topic',
    ':4: alerts.email.email.from: value "guardia"; must be an address such as guardia@example.org or Guardia <guardia@example.org>',
    ':4: alerts.email.email.to[0]: value "anna"; must be an address such as anna@example.org',
    ':4: alerts.email.email.password: missing; must be given together with user',
    ':5: alerts.plain.email.security: value "none"; must be tls or starttls where there is a password',
    ':6: alerts.matrix.matrix.room_id: value "#ops"; must be the id of a room, such as !abc:example.org',
    ':7: alerts.exec.exec.command: value "page"; must be the absolute path of a program',
    ':7: alerts.exec.exec.args: value a text; must be a list of texts',
    ':8: alerts.pushover.pushover.user: value (hidden); must be a text on one line, not empty',
    ':9: alerts.pagerduty.pagerduty.routing_key: value (hidden); must be a text on one line, not empty',
    ':10: alerts.slack.slack.url: value (hidden); must be a URL that begins with http:// or https://',
  ],
  'patterns-that-can-not-be-searched.yaml': [
    ':4: services[0].body_pattern: value "(a+"; must be a regular expression: at its character 4: \')\' is missing',
    ":5: services[0].expected_headers.Server: value \"(?=nginx)\"; must be a regular expression, or true: at its character 3: look-around, named groups and flags within are not possible, only '(…)' and '(?:…)'",
    ':5: services[0].expected_headers.X-No: value false; must be a regular expression, or true',
    ':6: services[1].expect: value "\\\\bESMTP"; must be a regular expression: at its character 1: back-references, word boundaries and other escapes than \\d \\w \\s \\p{…} \\n \\t are not possible',
    `:7: services[2].body_pattern: value "(\${WORD}"; must be a regular expression: at its character 9: ')' is missing`,
  ],
  'push-tokens-short-and-the-same.yaml': [
    ':2: services[0].token: value (hidden); must be letters, digits, - and _, 16 to 200 of them',
    ':4: services[2].token: value (hidden); must be another than that of services[1].token on line 3',
  ],
  'push-without-token.yaml': [
    ':2: services[0].token: missing; must be given with type push, here or as token_file',
  ],
  'quorum-above-locations.yaml': [
    ":5: services[1].quorum: value 3; quorum 3 can't be reached: there are 2 locations",
    ":6: services[2].locations: quorum 2 can't be reached: there is 1 location",
  ],
  'recover-not-below-limit.yaml': [
    ':1: defaults.server.limits.memory.recover: value 50; must be below the limit, 50',
    ':4: servers[0].limits.usage.limit: value 70; must be above recover, which is 80 in defaults.server',
    ':4: servers[0].limits.disk.recover: value 85; must be below the limit, 80',
  ],
  'resolver-a-name.yaml': [
    ':2: services[0].record_type: value "MXX"; must be A, AAAA, CNAME, MX, NS, TXT, SRV, SOA, PTR or CAA; did you mean "MX"?',
    ':2: services[0].resolver: value "dns.example.org"; must be an IP address, with or without :port',
  ],
  'server-named-as-a-location.yaml': [
    ':2: servers[0].display: value "hub"; must not be hub or quorum: where a check ran from would not be known',
    ':3: servers[1].display: value "quorum"; must not be hub or quorum: where a check ran from would not be known',
  ],
  'service-icmp-with-port.yaml': [
    ':2: services[0].url: value "icmp://db.example.org:80"; must be a host without port, such as icmp://example.org',
    ':3: services[1].url: value "dns://192.0.2.1"; must be the name that is asked for, such as dns://example.org',
  ],
  'rules-with-conditions-that-are-none.yaml': [
    `:2: rules[0].when: value "count(down) / count(all)"; ${CONDITION}: at character 25: expected +, -, *, / or one of >, >=, <, <=, ==, !=`,
    `:3: rules[1].when: value "count(down) > many"; ${CONDITION}: at character 15: expected a number`,
    `:4: rules[2].when: value "count(down) + avg(cpu.usage) > 2"; ${CONDITION}: counts of targets stand with numbers and each other alone`,
    `:5: rules[3].when: value "1 > 0"; ${CONDITION}: there is nothing in it that changes`,
    `:6: rules[4].when: value "avg(cpu.usage{core=~\\"(\\"}) > 2"; ${CONDITION}: at its character 2: ')' is missing`,
    `:7: rules[5].when: value "\${WORD} > 2"; ${CONDITION}: at character 1: expected a number, '(' or one of avg, min, max, sum, count, first, last, increase, rate, p50, p95, p99`,
    `:8: rules[6].when: value 5; ${CONDITION}`,
    `:9: rules[7].when: value "count(dwon) > 2"; ${CONDITION}: to count targets it is count(down)`,
  ],
  'rules-wrong.yaml': [
    ':3: rules[0].for: value -1; must be a duration from 0s to 7d, as seconds or like 30s, 5m, 1h30m, 7d',
    ':3: rules[0].recover: value 3; must be at most 2',
    ':4: rules[1].alert: value "ops"; there are no notifiers under alerts',
    ':4: rules[1].name: value "a"; must be the only rule a; rules[0].name on line 3 is another',
    ':4: rules[1].recover: value 1; must be at least 2',
    ':5: rules[2].of.kind: value "servers"; must be server, service or exporter; did you mean "server"?',
    ':5: rules[2].of.tags: unknown key; did you mean "tag"?',
    ':5: rules[2].recover: value 1; must not be given with ==',
    ':6: rules[3].window: value "10s"; must be a duration from 1m to 1h, as seconds or like 30s, 5m, 1h30m, 7d',
    ':6: rules[3].grace: unknown key; known here: name, when, recover, for, window, of, alert, severity, repeat, escalation',
    ':6: rules[3].when: value "avg(cpu.usage) > 90"; must count targets: with backend none there is no history of series',
    ':7: rules[4].name: missing; must be a text of 1 to 200 characters on one line',
  ],
  'service-keys-of-another-type.yaml': [
    ':4: services[0].expected_status: value 200; must not be given with type ssh, only with http',
    ':5: services[0].headers: must not be given with type ssh, only with http',
    ':6: services[0].starttls: value true; must not be given with type ssh, only with smtp',
    ':7: services[0].cert_warn_days: value 7; must not be given with type ssh, only with http, tls or smtp',
    ':10: services[1].body_pattern: value "ESMTP"; must not be given with type tcp, only with http; did you mean "expect"?',
    ':13: services[2].expect: value "hello"; must not be given with type http, only with tcp; did you mean "body_pattern"?',
    ':14: services[2].password: value (hidden); must not be given with type http, only with redis',
    ':18: services[3].url: value "https://shop.example.org"; must not be given with type push: reports come to the hub',
    ':19: services[3].locations: must not be given with type push: reports come to the hub',
  ],
  'service-postgres-with-password.yaml': [
    ':2: services[0].url: value (hidden); must be like postgres://user@host:5432/database, without a password',
  ],
  'service-tcp-without-port.yaml': [
    ':2: services[0].url: value "tcp://db.example.org"; must be a host and a port, such as tcp://example.org:22',
    ':3: services[1].url: missing; must be a host and a port, such as tcp://example.org:22',
    ':4: services[2].url: value "tls://[::1"; must be a host with or without port, such as tls://example.org',
  ],
  'service-type-and-scheme-differ.yaml': [
    ':2: services[0].url: value "https://shop.example.org"; must be a host with or without port, such as tls://example.org',
    ':3: services[1].url: value "shop.example.org:80"; must be a URL that begins with http:// or https://',
  ],
  'service-type-unknown.yaml': [
    ':3: services[0].type: value "tpc"; must be http, tcp, dns, tls, icmp, push, postgres, redis, smtp, ssh, systemd or docker; did you mean "tcp"?',
  ],
  'service-unit-an-option.yaml': [
    ':2: services[0].unit: value "--version"; must be the name of a unit, such as systemd://nginx.service',
    ':3: services[1].unit: value "nginx"; must not be given together with url',
    ':4: services[2].url: value "docker://a b"; must be the name of a container, such as docker://web',
    ':5: services[3].container: missing; must be the name of a container, such as docker://web',
  ],
  'service-url-within-tls.yaml': [
    ':2: services[0].url: value (hidden); must begin with http://, https://, tcp://, tls://, dns://, icmp://, postgres://, redis://, smtp://, ssh://, systemd:// or docker://, or be host:port beside a type; did you mean "tls://"?',
    ':3: services[1].url: value (hidden); must be like redis://user:password@host:6379',
  ],
  'severity-of-a-match-unknown.yaml': [
    ':2: silences[0].match.severity: value "crit"; must be info, warning or critical',
    ':3: maintenance[0].match.severity: value "criticl"; must be info, warning or critical; did you mean "critical"?',
  ],
  'silence-wrong.yaml': [
    ':2: silences[0].match: must name at least one of target, rule, instance, group, tag and severity; target: "*" is everything',
    ':3: silences[1].match.targt: unknown key; did you mean "target"?',
    ':3: silences[1].match: must name at least one of target, rule, instance, group, tag and severity; target: "*" is everything',
    ':3: silences[1].starts_at: value "2027-01-01T00:00:00"; must be a time with its zone, such as 2027-01-31T22:00:00+01:00',
    ':3: silences[1].ends_at: value "2027-01-32T00:00:00Z"; must be a time with its zone, such as 2027-01-31T22:00:00+01:00',
    ':4: silences[2].ends_at: value "2027-01-01T23:00:00Z"; must be after starts_at',
    ':5: silences[3].author: missing; must be a text of 1 to 200 characters on one line',
    ':5: silences[3].reason: missing; must be a text of 1 to 200 characters on one line',
  ],
  'silences-a-map.yaml': [
    ':1: silences: value a map; must be a list of silences',
    ':2: maintenance: value a number; must be a list of windows',
    ':3: witnesses: value a text; must be a list of addresses such as 192.0.2.1:443',
  ],
  'slo-of-a-hundred.yaml': [
    ':2: services[0].slo.target: value 100; must be a number in percent, from 1 to below 100',
    ':2: services[0].slo.window: value "1y"; must be a duration from 1d to 90d, as seconds or like 30s, 5m, 1h30m, 7d',
  ],
  'slo-as-a-fraction.yaml': [
    ':2: services[0].slo.target: value 0.999; must be a number in percent, from 1 to below 100: that is 99.9',
    ':3: services[1].slo.target: value -0.5; must be a number in percent, from 1 to below 100',
  ],
  'webhook-template-missing.yaml': [
    ':2: alerts.a.webhook.template: missing; must be given with format template, here or as template_file',
    ':3: alerts.b.webhook.template: value (hidden); must not be given without format: template',
    ':4: alerts.c.webhook.format: value "json"; must be guardia, alertmanager or template',
    ':5: alerts.d.webhook.template_file: value "no-such-file"; must be a readable file: there is no such file',
  ],
  'webhook-template-that-can-not-be-read.yaml': [
    ':2: alerts.a.webhook.template: value (hidden); can\'t be read: line 1, column 31: unclosed section "alerts"',
    ':7: alerts.b.webhook.template: value (hidden); can\'t be read: line 2, column 10: unclosed section "a"',
    ":10: alerts.c.webhook.template: value (hidden); can't be read: line 1, column 7: unclosed tag",
    ":11: alerts.d.webhook.template: value (hidden); can't be read: invalid tags: <%",
    ':15: services[0].alert.webhook.template: value (hidden); can\'t be read: line 1, column 2: unopened section "b"',
  ],
  'webhook-template-with-fields-that-are-none.yaml': [
    ':2: alerts.a.webhook.template: value (hidden); must name fields of a message: there is none "headlin" at line 1, column 10; did you mean "headline"?',
    ':7: alerts.b.webhook.template: value (hidden); must name fields of a message: there is none "alert.sumary" at line 2, column 2; did you mean "alert.summary"?',
    ':10: alerts.c.webhook.template: value (hidden); must name fields of a message: there is none "target_name" at line 1, column 1; did you mean "alert.target_name"?',
    ':11: alerts.d.webhook.template: value (hidden); must name fields of a message: there is none "colour" at line 1, column 33',
  ],
  'urls-that-lead-nowhere.yaml': [
    ':2: alerts.a.webhook.url: value (hidden); must name a host after ://, such as https://example.org/',
    ':3: alerts.b.gotify.url: value "https://a:0"; must name a port from 1 to 65535, or none',
    ':4: exporters[0].url: value "http://e:0/metrics"; must name a port from 1 to 65535, or none',
    ':6: services[0].url: value "http:///x"; must name a host after ://, such as https://example.org/',
    ':7: services[1].url: value "https://a:0/x"; must name a port from 1 to 65535, or none',
    ':8: services[2].url: value "tcp://a:0"; must be a host and a port, such as tcp://example.org:22',
  ],
  'window-and-grace.yaml': [
    ':4: servers[0].limits.usage.window: value "3 of 5"; must not be given together with grace',
    ':5: servers[0].limits.memory.window: value "6 of 5"; must be a window such as 3 of 5, of at most 52',
    ':6: servers[0].limits.disk.window: value "often"; must be a window such as 3 of 5, of at most 52',
  ],
  'witnesses-without-port.yaml': [
    ':1: witnesses[1]: value "192.0.2.2"; must be host:port, an IPv6 address in brackets',
    ':1: witnesses[2]: value "http://example.org"; must be host:port, an IPv6 address in brackets',
  ],
};
