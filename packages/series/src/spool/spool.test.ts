import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { SeriesNotice } from '../store.ts';
import { outcome, T0 } from '../test/frames.ts';
import type { PackedBatch } from '../worker/operations.ts';
import { decodeSegmentHeader, encodeRecord, encodeSegmentHeader, readRecords } from './format.ts';
import { Spool, type SpoolOptions } from './spool.ts';

/** A full disk is a tmpfs, which only root may mount. */
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('SKIPPED: a full disk needs root, to mount a tmpfs');

const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0).reverse()) stop();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-spool-'));
  stops.push(() => rmSync(folder, { recursive: true }));
  return join(folder, 'spool');
}

function open(folder: string, options: Partial<SpoolOptions> = {}) {
  const notices: SeriesNotice[] = [];
  const notify = (notice: SeriesNotice) => void notices.push(notice);
  const spool = new Spool({ folder, maxBytes: 1_000_000, notify, ...options });
  stops.push(() => spool.close());
  return { spool, notices };
}

/** The n-th batch; its numbers can't be packed much. */
function batch(n: number, width = 20): PackedBatch {
  const values = Array.from({ length: width }, (_, i) => Math.sin(n * width + i));
  const keys = values.map((_, i) => `metric.${i}`);
  return {
    cells: Float64Array.of(7, T0 + n, 3, ...values, 0, 0),
    length: width + 3,
    forget: true,
    newTargets: [{ ref: 7, id: 'srv_a' }],
    newLayouts: [{ ref: 3, sha256: 'x', keys }],
    checks: [outcome('svc_a', n)],
  };
}

/** As it comes back: without the unused cells. */
const read = (n: number, width?: number) => {
  const { cells, length, ...rest } = batch(n, width);
  return { ...rest, cells: cells.slice(0, length), length };
};

/** Takes all out. */
function drain(spool: Spool): PackedBatch[] {
  const batches: PackedBatch[] = [];
  for (let next = spool.oldest(); next !== undefined; next = spool.oldest()) {
    batches.push(next);
    spool.done();
  }
  return batches;
}

const numbers = (batches: readonly PackedBatch[]) => batches.map(({ cells }) => cells[1]! - T0);
const files = (folder: string) => readdirSync(folder).sort();

describe('the spool', () => {
  it('gives batches back in order, each until it is done, and then takes no room', () => {
    const folder = newFolder();
    const { spool, notices } = open(folder);
    expect(spool.oldest()).toBeUndefined();
    for (let n = 0; n < 3; n++) expect(spool.add(batch(n), T0 + n)).toBeUndefined();
    expect(spool.oldestAt).toBe(T0);
    expect(spool.oldest()).toEqual(read(0));
    expect(spool.oldest()).toEqual(read(0));
    spool.done();
    spool.add(batch(3), T0 + 3);
    expect(numbers(drain(spool))).toEqual([1, 2, 3]);
    expect([spool.bytes, spool.oldestAt, files(folder), notices]).toEqual([0, null, [], []]);
  });

  it('is for its user alone', () => {
    const folder = newFolder();
    open(folder).spool.add(batch(0), T0);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, '00000001.spool')).mode & 0o777).toBe(0o600);
  });

  it('has after a start what was in it, beginning with the first segment that was not done', () => {
    const folder = newFolder();
    const { spool } = open(folder, { segmentBytes: 1000 });
    for (let n = 0; n < 20; n++) spool.add(batch(n), T0 + n);
    for (let n = 0; n < 9; n++) {
      spool.oldest();
      spool.done();
    }
    spool.oldest();
    const { bytes, oldestAt } = spool;
    const { spool: again, notices } = open(folder);
    expect([again.bytes, again.oldestAt]).toEqual([bytes, oldestAt]);
    again.add(batch(20), T0);
    const left = numbers(drain(again));
    expect(left.slice(-12)).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(left.length).toBeLessThan(16);
    expect([files(folder), notices]).toEqual([[], []]);
  });

  it('refuses what goes beyond its bound, and takes it once there is room', () => {
    const folder = newFolder();
    const { spool } = open(folder, { maxBytes: 5000, segmentBytes: 1000 });
    let added = 0;
    while (spool.add(batch(added), T0) === undefined) added++;
    expect(added).toBeGreaterThan(3);
    expect(spool.add(batch(added), T0)).toBe(`the spool ${folder} is full (5000 bytes)`);
    const size = files(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(spool.bytes).toBe(size);
    expect(size).toBeLessThanOrEqual(5000);
    expect(spool.add(batch(0, 2000), T0)).toMatch(/is full/);
    expect(numbers(drain(spool))).toEqual(Array.from({ length: added }, (_, n) => n));
    expect(spool.add(batch(1), T0)).toBeUndefined();
  });

  it('cuts off a record that was not written to its end, wherever that was', () => {
    const folder = newFolder();
    open(folder).spool.add(batch(0), T0);
    const path = join(folder, '00000001.spool');
    const first = statSync(path).size;
    const whole = Buffer.concat([readFileSync(path), encodeRecord(batch(1))]);
    for (let cut = first + 1; cut < whole.length; cut += 7) {
      writeFileSync(path, whole.subarray(0, cut));
      const { spool, notices } = open(folder);
      expect(numbers(drain(spool))).toEqual([0]);
      const message = `${cut - first} bytes of it are lost: cut off while it was written`;
      expect(notices).toEqual([{ type: 'spool-damaged', path, message }]);
    }
  });

  it('leaves out a segment that was only begun', () => {
    const folder = newFolder();
    open(folder).spool.add(batch(0), T0);
    truncateSync(join(folder, '00000001.spool'), 9);
    const { spool, notices } = open(folder);
    expect([spool.oldest(), spool.bytes, files(folder), notices]).toEqual([undefined, 0, [], []]);
  });

  it('skips damage and says where it was', () => {
    const folder = newFolder();
    const { spool: before } = open(folder);
    for (let n = 0; n < 4; n++) before.add(batch(n), T0);
    const path = join(folder, '00000001.spool');
    const bytes = readFileSync(path);
    const second = bytes.indexOf('GREC', 40);
    bytes[second + 30]! ^= 1;
    writeFileSync(path, bytes);
    const { spool, notices } = open(folder);
    expect(numbers(drain(spool))).toEqual([0, 2, 3]);
    expect(notices).toMatchObject([
      { path, message: expect.stringMatching(/^\d+ bytes of it are lost: damaged$/) },
    ]);
  });

  it('gives back all sound records, whichever bytes are damaged', () => {
    const records = Array.from({ length: 5 }, (_, n) => encodeRecord(batch(n)));
    const segment = Buffer.concat([encodeSegmentHeader(T0), ...records]);
    const starts = records.map(
      (_, n) => 16 + records.slice(0, n).reduce((sum, { length }) => sum + length, 0),
    );
    const flips = fc.array(fc.tuple(fc.nat(segment.length - 1), fc.integer({ min: 1, max: 255 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (flipped) => {
        const bytes = Buffer.from(segment);
        for (const [at, bits] of flipped) bytes[at]! ^= bits;
        const sound = [...readRecords(bytes)].flatMap((record) => ('batch' in record ? [record.batch] : []));
        const intact = records.flatMap((record, n) =>
          bytes.subarray(starts[n]!, starts[n]! + record.length).equals(record) ? [n] : [],
        );
        expect(numbers(sound)).toEqual(intact);
      }),
    );
  });

  it('carries every number and every text', () => {
    const value = fc.double();
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(value), text, fc.array(text), (values, id, keys) => {
        const sent: PackedBatch = {
          cells: Float64Array.from(values),
          length: values.length,
          forget: true,
          newTargets: [{ ref: 0, id }],
          newLayouts: [{ ref: 1, sha256: 'x', keys }],
          checks: [outcome('svc_a', 1, { errorMessage: id })],
        };
        expect([...readRecords(Buffer.concat([encodeSegmentHeader(0), encodeRecord(sent)]))]).toEqual([
          { batch: sent },
        ]);
      }),
    );
  });

  it('sets a segment aside that the database refuses, and goes on behind it', () => {
    const folder = newFolder();
    const { spool, notices } = open(folder);
    for (let n = 0; n < 2; n++) spool.add(batch(n), T0);
    spool.oldest();
    spool.refuse('it makes no sense');
    expect(numbers(drain(spool))).toEqual([1]);
    expect(files(folder)).toEqual(['00000001.spool.aside']);
    expect(notices).toMatchObject([
      { message: expect.stringContaining('00000001.spool.aside: it makes no sense') },
    ]);
    expect(open(folder).spool.oldest()).toBeUndefined();
  });

  it('goes on behind a segment that somebody removed', () => {
    const folder = newFolder();
    const { spool, notices } = open(folder, { segmentBytes: 1 });
    for (let n = 0; n < 2; n++) spool.add(batch(n), T0);
    rmSync(join(folder, '00000001.spool'));
    expect(numbers(drain(spool))).toEqual([1]);
    expect(notices).toMatchObject(
      [{ message: /ENOENT/ }, { message: /can't be removed/ }].map(({ message }) => ({
        message: expect.stringMatching(message),
      })),
    );
  });

  it("refuses a folder that it can't use, and a format that it does not know", () => {
    const folder = newFolder();
    writeFileSync(folder, '');
    const refusal = (code: string, message: RegExp) =>
      expect.objectContaining({ code, message: expect.stringMatching(message) });
    expect(() => open(folder)).toThrow(refusal('DATABASE_FOLDER_MISSING', /can't be used: .*spool/));
    rmSync(folder);
    open(folder).spool.add(batch(0), T0);
    const path = join(folder, '00000001.spool');
    const bytes = readFileSync(path);
    expect(decodeSegmentHeader(bytes)).toEqual({ version: 1, createdAt: T0 });
    bytes.writeUInt32LE(2, 4);
    writeFileSync(path, bytes);
    expect(() => open(folder)).toThrow(
      refusal('DATABASE_NEWER', /has format 2, and this version reads up to 1/),
    );
  });

  it.runIf(isRoot)('takes nothing on a full disk, and loses nothing that it has', () => {
    const folder = newFolder();
    open(folder).spool.close();
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=256k', 'guardia-test', folder]);
    stops.push(() => execFileSync('/bin/umount', ['-l', folder]));
    chmodSync(folder, 0o700);
    const { spool, notices } = open(folder, { segmentBytes: 50_000 });
    let added = 0;
    while (spool.add(batch(added, 500), T0) === undefined) added++;
    expect(added).toBeGreaterThan(30);
    expect(spool.add(batch(added, 500), T0)).toMatch(/can't be written: ENOSPC/);
    expect(spool.oldest()).toEqual(read(0, 500));
    expect(numbers(drain(spool))).toEqual(Array.from({ length: added }, (_, n) => n));
    expect(spool.add(batch(0), T0)).toBeUndefined();
    expect([numbers(drain(spool)), notices]).toEqual([[0], []]);
  });

  it.runIf(process.env.CI === 'true')('is tested on a full disk in CI', () => {
    expect(isRoot).toBe(true);
  });
});
