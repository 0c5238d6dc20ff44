// What each limit reads from a frame: every mount on its own, sensors that don't read left out, nothing from nothing.
import { type FrameLayout, sampleKey } from '@guardia/model';
import { describe, expect, it } from 'vitest';
import type { TargetRule } from '../public.ts';
import { visitValues } from './frame-values.ts';
import { PositionCache } from './positions.ts';

const ruleOf = (rule: TargetRule['rule'], sensor?: 'mean' | 'hottest'): TargetRule => ({
  rule,
  limit: 50,
  grace: 1,
  severity: 'warning',
  notifiers: [],
  ...(sensor === undefined ? {} : { sensor }),
});

function read(rule: TargetRule, samples: Readonly<Record<string, number>>): Record<string, number> {
  const layout: FrameLayout = { keys: Object.keys(samples) };
  const seen: Record<string, number> = {};
  visitValues(
    rule,
    new PositionCache().of(layout),
    Float64Array.from(Object.values(samples)),
    (instance, value) => {
      seen[instance] = value;
    },
  );
  return seen;
}

describe('the values of a rule', () => {
  it('reads CPU, memory and load where they stand', () => {
    const samples = { uptime: 1, 'load.per_core': 0.5, 'cpu.usage': 12, 'memory.used_percent': 34 };
    expect(read(ruleOf('usage'), samples)).toEqual({ '': 12 });
    expect(read(ruleOf('memory'), samples)).toEqual({ '': 34 });
    expect(read(ruleOf('load'), samples)).toEqual({ '': 0.5 });
  });

  it('takes each mount on its own, whatever characters its name has', () => {
    const mounts = ['/', '/data', '/odd "name", mount="x"\\', '/line\nbreak'];
    const samples = Object.fromEntries(
      mounts.map((mount, i) => [sampleKey('disk.used_percent', { device: 'sda', mount }), i]),
    );
    expect(read(ruleOf('disk'), { ...samples, 'disk.used_bytes{mount="/"}': 99 })).toEqual({
      '/': 0,
      '/data': 1,
      '/odd "name", mount="x"\\': 2,
      '/line\nbreak': 3,
    });
  });

  it('means the sensors that read, or takes the hottest', () => {
    const samples = {
      'temperature.celsius{sensor="a"}': 40,
      'temperature.celsius{sensor="b"}': Number.NaN,
      'temperature.celsius{sensor="c"}': 60,
    };
    expect(read(ruleOf('temperature'), samples)).toEqual({ '': 50 });
    expect(read(ruleOf('temperature', 'hottest'), samples)).toEqual({ '': 60 });
  });

  it('sees nothing, not zero, where nothing reads', () => {
    expect(read(ruleOf('temperature'), { 'temperature.celsius{sensor="a"}': Number.NaN })).toEqual({});
    expect(read(ruleOf('temperature'), {})).toEqual({});
    expect(read(ruleOf('usage'), { 'cpu.usage': Number.NaN })).toEqual({});
    expect(read(ruleOf('disk'), { 'disk.used_percent{mount="/"}': Number.NaN })).toEqual({});
    expect(read(ruleOf('unreachable'), { 'cpu.usage': 1 })).toEqual({});
  });

  it('finds the places of a layout once, by its identity', () => {
    const cache = new PositionCache();
    const layout = { keys: ['cpu.usage'] };
    expect(cache.of(layout)).toBe(cache.of(layout));
    expect(cache.of({ keys: ['x', 'cpu.usage'] }).usage).toBe(1);
  });
});
