import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadAnswer } from '../http/bad-answer.ts';
import { SampleReader } from './samples.ts';
import { distinctTexts } from './texts.ts';

const answer = () => ({
  system: { name: 'Debian', uptime_s: 12.5 },
  memory: { total: 1000, used: 250, available: 750, total_swap: 0, used_swap: 0 },
  cpus: {
    total: 2,
    average_usage: 40,
    cpus: [
      { name: 'cpu0', frequency: 2400, usage: 30 },
      { name: 'cpu1', frequency: null, usage: 50 },
    ],
  },
  components: { average_temperature: null, components: [] },
  disks: [{ mount: '/', total: 200, used: 50, available: 100 }],
  networks: [{ name: 'eth0', received_bytes: 1, transmitted_bytes: 2 }],
  load: { one: 1, five: 0.5, fifteen: 0.25 },
});

function read(body: unknown, reader = new SampleReader()): Record<string, number> {
  const { layout, values } = reader.read('srv_a', 1000, body);
  expect(values.length).toBe(layout.keys.length);
  return Object.fromEntries(layout.keys.map((key, i) => [key, values[i]!]));
}

function mountsOf(samples: Readonly<Record<string, number>>): string[] {
  return Object.keys(samples).flatMap((key) => /^disk\.used_bytes\{mount="(.*)"\}$/.exec(key)?.[1] ?? []);
}

describe('samples', () => {
  it('names every value and derives percentages and load per core', () => {
    const samples = read(answer());
    expect(samples['cpu.usage']).toBe(40);
    expect(samples['cpu.core_usage{cpu="cpu1"}']).toBe(50);
    expect(samples['memory.used_percent']).toBe(25);
    expect(samples['disk.used_percent{mount="/"}']).toBe(25);
    expect(samples['load.per_core']).toBe(0.5);
    expect(samples['network.transmitted_bytes{interface="eth0"}']).toBe(2);
  });

  it('gives no reading, never zero, for what is null or missing', () => {
    const samples = read(answer());
    expect(samples['temperature.average_celsius']).toBeNaN();
    expect(samples['cpu.frequency_mhz{cpu="cpu1"}']).toBeNaN();
    expect(samples['processes.total']).toBeNaN();
  });

  it('rounds to the precision that each source has', () => {
    const samples = read({
      ...answer(),
      memory: { total: 3, used: 1 },
      load: { one: 0.07, five: 1.005, fifteen: 0.1 + 0.2 },
      cpus: {
        total: 64,
        average_usage: 33.333333,
        cpus: [{ name: 'cpu0', frequency: 2394.4, usage: 0.125 }],
      },
      components: { average_temperature: 41.0049, components: [{ name: 'a', temperature: 41.8755 }] },
      disks: [{ mount: '/', total: 3, used: 2 }],
    });
    expect(samples).toMatchObject({
      'memory.used_bytes': 1,
      'memory.used_percent': 33.33,
      'load.fifteen': 0.3,
      'load.per_core': 0.0011,
      'cpu.usage': 33.33,
      'cpu.core_usage{cpu="cpu0"}': 0.13,
      'cpu.frequency_mhz{cpu="cpu0"}': 2394,
      'temperature.average_celsius': 41,
      'temperature.celsius{sensor="a"}': 41.876,
      'disk.used_percent{mount="/"}': 66.67,
    });
  });

  it('keeps one layout while the shape stays, and makes another when a disk appears', () => {
    const reader = new SampleReader();
    const first = reader.read('srv_a', 1, answer());
    expect(reader.read('srv_a', 2, answer()).layout).toBe(first.layout);
    const grown = answer();
    grown.disks.push({ mount: '/var', total: 10, used: 1, available: 9 });
    const second = reader.read('srv_a', 3, grown);
    expect(second.layout).not.toBe(first.layout);
    expect(second.layout.keys).toContain('disk.used_percent{mount="/var"}');
  });

  it.each([
    ['a list', [], /none of cpus, memory, system/],
    ['a text', 'hello', /none of cpus, memory, system/],
    ['another program’s JSON', { status: 'ok' }, /none of cpus, memory, system/],
    [
      'a number that is a text',
      { ...answer(), load: { one: '1.5' } },
      /load\.one \(in load\) is "1\.5", must be a number or null/,
    ],
    [
      'an infinite number',
      JSON.parse('{"cpus":{"average_usage":1e999}}'),
      /cpu\.usage \(in cpus\) is Infinity/,
    ],
    ['a section that is a text', { ...answer(), memory: 'lots' }, /memory is "lots", must be an object/],
    ['a disk without a mount', { ...answer(), disks: [{ total: 1 }] }, /disks\[0\]\.mount must be a text/],
    ['disks that are an object', { ...answer(), disks: { '/': 1 } }, /disks is \{"\/":1\}, must be a list/],
    [
      'too many disks',
      { ...answer(), disks: Array(5000).fill({ mount: '/' }) },
      /disks has 5000 items, at most 4096/,
    ],
  ])('refuses %s by name', (_name, body, message) => {
    const reading = () => new SampleReader().read('srv_a', 1, body);
    expect(reading).toThrow(BadAnswer);
    expect(reading).toThrow(message);
  });

  it('makes names fit to be stored: neither lone surrogates, nor NUL, nor more than 1 KiB', () => {
    const odd = answer();
    odd.disks = ['/a\ud800', '/b\0', `/${'ü'.repeat(600)}`].map((mount) => ({ ...odd.disks[0]!, mount }));
    expect(mountsOf(read(odd))).toEqual(['/a\ufffd', '/b\ufffd', `/${'ü'.repeat(510)}…`]);
  });

  it('keeps things of one name apart, also those whose names became one', () => {
    const names = ['/a\ud800', '/a\ud801', '/a\0', '/b', '/b (2)', '/b', '/b', '/b (2)'];
    const odd = answer();
    odd.disks = names.map((mount, i) => ({ ...odd.disks[0]!, mount, used: i }));
    const samples = read(odd);
    const mounts = [
      '/a\ufffd',
      '/a\ufffd (2)',
      '/a\ufffd (3)',
      '/b',
      '/b (2)',
      '/b (3)',
      '/b (4)',
      '/b (2) (2)',
    ];
    expect(mountsOf(samples)).toEqual(mounts);
    expect(mounts.map((mount) => samples[`disk.used_bytes{mount="${mount}"}`])).toEqual([...names.keys()]);
  });

  it('always tells apart what an agent tells apart', () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'a (2)', 'a\0', 'a\ud800', 'a\ud800 (2)'),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (names) => {
        const texts = distinctTexts(names);
        expect(new Set(texts).size).toBe(names.length);
        expect(texts.every((text) => text.isWellFormed() && !text.includes('\0'))).toBe(true);
      }),
    );
  });

  it('takes no names of one answer for those of another', () => {
    const reader = new SampleReader();
    const one = { ...answer(), disks: [{ mount: 'a\0b' }] };
    const two = { ...answer(), disks: [{ mount: 'a' }, { mount: 'b' }] };
    expect(mountsOf(read(one, reader))).toEqual(['a\ufffdb']);
    expect(mountsOf(read(two, reader))).toEqual(['a', 'b']);
  });

  it('escapes label values', () => {
    const odd = answer();
    odd.disks[0]!.mount = '/mnt/"x"\\y';
    expect(Object.keys(read(odd))).toContain('disk.total_bytes{mount="/mnt/\\"x\\"\\\\y"}');
  });
});
