import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCpuinfo } from './core-clocks.ts';
import { parseMounts } from './mounts.ts';
import { parseProcStat } from './proc-stat.ts';
import { parseDiskstats, parseLoadavg, parseMeminfo, parseNetDev, parseUptime } from './proc-tables.ts';

it('reads meminfo in bytes and counts', () => {
  const fields = parseMeminfo(
    'MemTotal:  16 kB\nActive(anon):  2 kB\nHugePages_Total:   3\nOdd: many kB\nOdd\n',
  );
  expect([...fields]).toEqual([
    ['MemTotal_bytes', 16_384],
    ['Active_anon_bytes', 2048],
    ['HugePages_Total', 3],
  ]);
});

it('reads net/dev with and without a space after the colon, and aliases', () => {
  const row = '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16';
  const networks = parseNetDev(` face |bytes\neth0:${row}\n eth0:1: ${row}\n`);
  expect(networks.map(({ name }) => name)).toEqual(['eth0', 'eth0:1']);
  expect(networks[0]!.fields).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
});

it('leaves out the interfaces that containers make and drop', () => {
  const row = '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16';
  const text = ['docker0', 'veth1a2b3c4', 'vethd9', 'eth0', 'myveth'].map((name) => `${name}: ${row}`);
  expect(parseNetDev(text.join('\n')).map(({ name }) => name)).toEqual(['docker0', 'eth0', 'myveth']);
});

it('reads diskstats of old and new kernels', () => {
  const devices = parseDiskstats(
    '   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n 8 1 sda1 1 2 3 4 5 6 7 8 9 10 11 12 13\n',
  );
  expect(devices.map(({ name, deviceId, fields }) => [name, deviceId, fields.length])).toEqual([
    ['sda', '8:0', 11],
    ['sda1', '8:1', 13],
  ]);
});

it('reads load and uptime', () => {
  expect(parseLoadavg('0.52 0.58 0.59 3/1187 43210\n')).toEqual({
    one: 0.52,
    five: 0.58,
    fifteen: 0.59,
    threads: 1187,
  });
  expect(parseLoadavg('0.52 0.58 0.59')).toEqual({ one: 0.52, five: 0.58, fifteen: 0.59, threads: null });
  expect(parseUptime('12.34 56.78\n')).toBe(12.34);
});

it('reads the clock of each core from cpuinfo', () => {
  const text = 'processor\t: 0\ncpu MHz\t\t: 2596.122\n\nprocessor\t: 1\ncpu MHz\t\t: 0.000\n';
  expect([...parseCpuinfo(text)]).toEqual([['0', 2_596_122_000]]);
});

it('never throws and never invents a number, whatever the text', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('cpu0', 'eth0:', '-', 'kB', '1', ':', '\n', 'MemTotal:', '8:0'),
  );
  const texts = fc.array(word, { maxLength: 60 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(texts, (text) => {
      const stat = parseProcStat(text);
      const numbers = [
        ...parseMeminfo(text).values(),
        ...parseNetDev(text).flatMap(({ fields }) => fields),
        ...parseDiskstats(text).flatMap(({ fields }) => fields),
        ...stat.cores.flatMap(({ seconds }) => seconds),
        ...Object.values(stat.counters),
        ...parseCpuinfo(text).values(),
        parseUptime(text),
        parseLoadavg(text)?.one ?? null,
      ];
      parseMounts(text);
      expect(numbers.every((value) => value === null || Number.isFinite(value))).toBe(true);
    }),
  );
});
