// What alerts say: noun, value with its unit, limit; short enough to store.
import { describe, expect, it } from 'vitest';
import { recoverySummary, troubleSummary, unitOf } from './words.ts';

const input = { targetName: 'web-1', instance: '', value: 95.24, limit: 90, detail: null };

describe('summaries', () => {
  it('name value, unit and limit', () => {
    expect(troubleSummary({ ...input, rule: 'usage' })).toBe(
      'CPU usage of web-1 is 95.2 %, above the limit of 90 %',
    );
    expect(troubleSummary({ ...input, rule: 'disk', instance: '/data' })).toBe(
      'disk use on /data of web-1 is 95.2 %, above the limit of 90 %',
    );
    expect(troubleSummary({ ...input, rule: 'load', value: 1.256, limit: 1.25 })).toBe(
      'load per core of web-1 is 1.26, above the limit of 1.25',
    );
    expect(recoverySummary({ ...input, rule: 'temperature', value: 60, limit: 80 })).toBe(
      'temperature of web-1 is back at 60 °C, limit 80 °C',
    );
    expect(unitOf('memory')).toBe('%');
    expect(unitOf('load')).toBe('');
  });

  it('pass on what was said of a target that can not be reached or is down', () => {
    const none = { ...input, value: null, limit: null };
    expect(troubleSummary({ ...none, rule: 'unreachable', detail: 'connection refused' })).toBe(
      "web-1 can't be reached: connection refused",
    );
    expect(troubleSummary({ ...none, rule: 'service_down' })).toBe('web-1 is down');
    expect(troubleSummary({ ...none, rule: 'check_unknown', detail: 'no route' })).toContain('no route');
    expect(recoverySummary({ ...none, rule: 'unreachable' })).toBe('web-1 can be reached again');
    expect(recoverySummary({ ...none, rule: 'service_down' })).toBe('web-1 is up again');
    expect(recoverySummary({ ...none, rule: 'check_unknown' })).toBe('web-1 can be checked again');
  });

  it('say when a certificate ends', () => {
    const ends = (value: number) => troubleSummary({ ...input, rule: 'cert_expiry', value, limit: 14 });
    expect([5, 1, 0, -3].map(ends)).toEqual([
      'certificate of web-1 ends in 5 days; it should last 14 days',
      'certificate of web-1 ends in 1 day; it should last 14 days',
      'certificate of web-1 ends within a day; it should last 14 days',
      'certificate of web-1 has ended; it should last 14 days',
    ]);
    expect(unitOf('cert_expiry')).toBe('days');
  });

  it('of raised conditions are those of who raised them', () => {
    const said = { ...input, rule: 'custom:raid' as const, detail: 'md0 runs on one disk' };
    expect([troubleSummary(said), recoverySummary(said)]).toEqual(Array(2).fill('md0 runs on one disk'));
  });

  it('are cut at 1,000 characters', () => {
    const said = troubleSummary({ ...input, rule: 'service_down', detail: 'x'.repeat(5_000) });
    expect(said).toHaveLength(1_000);
    expect(said.endsWith('…')).toBe(true);
  });
});
