import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isReading } from './reading-names.ts';

const FOLDER = import.meta.dirname;
/** Added to every check by who runs it. */
const OF_ALL = ['probe_success', 'probe_duration_seconds'];

test('all that checks measure is known', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  const sources = files.filter(
    (file) => /\.ts$/.test(file) && !/\.test\.|\btest\/|^reading-names/.test(file),
  );
  const named = sources.flatMap(
    (file) => readFileSync(join(FOLDER, file), 'utf8').match(/\bprobe_\w+(\{\w+="\w+"\})?/g) ?? [],
  );
  // Their labels are put together where they stand.
  const withoutLabels = [
    'probe_tcp_duration_seconds',
    'probe_http_duration_seconds',
    'probe_tls_version_info',
    'probe_icmp_info',
  ];
  const unknown = named.filter((key) => !isReading(key) && ![...OF_ALL, ...withoutLabels].includes(key));
  expect(named.length).toBeGreaterThan(20);
  expect([...new Set(unknown)]).toEqual([]);
});

test.each([
  ['probe_http_status_code', true],
  ['probe_http_duration_seconds{phase="tls"}', true],
  ['probe_tls_version_info{version="TLS 1.3"}', true],
  ['probe_http_duration_seconds', false],
  ['probe_http_duration_seconds{phase="x"}', false],
  ['probe_http_status_code{a="b"}', false],
  ['probe_success', false],
  ['toString', false],
])('%s: %j', (key, known) => {
  expect(isReading(key)).toBe(known);
});
