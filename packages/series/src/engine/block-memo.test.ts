import { describe, expect, it } from 'vitest';
import { BlockReader, encodeBlock } from '../codec/block.ts';
import { BlockMemo } from './block-memo.ts';
import { OpenTarget } from './open-target.ts';

const RANGE = { start: 10, end: 20 };
const target = (no: number) => new OpenTarget(no, `srv_${no}`, 0);

/** Of about `bytes` in memory. */
function readerOf(bytes: number): BlockReader {
  const series = Float64Array.from({ length: bytes / 16 }, (_, i) => i + 1);
  return new BlockReader(
    encodeBlock({ series, times: Float64Array.of(12), rows: [new Float64Array(series.length)] }),
  );
}

describe('blocks that were read', () => {
  it('are there for the same range, target by target, as long as the version is the same', () => {
    const memo = new BlockMemo();
    const [a, b] = [target(1), target(2)];
    const readers = [readerOf(160)];
    expect(memo.get(a, RANGE)).toBeUndefined();
    memo.put(a, RANGE, { version: a.version, readers });
    memo.put(b, RANGE, { version: b.version, readers: [] });
    expect(memo.get(a, RANGE)).toBe(readers);
    expect(memo.get(b, RANGE)).toEqual([]);
    a.sealed(0, 1);
    expect(memo.get(a, RANGE)).toBeUndefined();
    expect(memo.get(b, RANGE)).toEqual([]);
  });

  it('of one range give way to those of another, and all of them when it is said', () => {
    const memo = new BlockMemo();
    const a = target(1);
    const read = { version: a.version, readers: [] };
    memo.put(a, RANGE, read);
    for (const other of [
      { ...RANGE, start: 11 },
      { ...RANGE, end: 21 },
    ]) {
      expect(memo.get(a, other)).toBeUndefined();
      memo.put(a, other, read);
      expect([memo.get(a, RANGE), memo.get(a, other)]).toEqual([undefined, []]);
      memo.put(a, RANGE, read);
    }
    memo.clear();
    expect(memo.get(a, RANGE)).toBeUndefined();
  });

  it('that a seal overtook while they were read are not taken for those of now', () => {
    const memo = new BlockMemo();
    const a = target(1);
    const { version } = a;
    a.sealed(0, 1);
    memo.put(a, RANGE, { version, readers: [] });
    expect(memo.get(a, RANGE)).toBeUndefined();
  });

  it('take about 8 MiB at most', () => {
    const memo = new BlockMemo();
    const readers = [readerOf(1024 * 1024)];
    const targets = Array.from({ length: 20 }, (_, i) => target(i));
    for (const each of targets) memo.put(each, RANGE, { version: each.version, readers });
    const kept = targets.filter((each) => memo.get(each, RANGE) !== undefined);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept).toContain(targets.at(-1));
  });

  it('take about 8 MiB at most, however small each of them is', () => {
    const memo = new BlockMemo();
    const readers = [readerOf(16)];
    const targets = Array.from({ length: 10_000 }, (_, i) => target(i));
    for (const each of targets) memo.put(each, RANGE, { version: each.version, readers });
    const kept = targets.filter((each) => memo.get(each, RANGE) !== undefined);
    // A reader alone is more than a kilobyte.
    expect(kept.length).toBeLessThanOrEqual(8192);
  });
});
