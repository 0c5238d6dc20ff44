import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSeries } from './open-series.ts';
import { DAY_MS } from './test/frames.ts';
import { checkInvariants } from './test/invariants.ts';
import { framesOf, POLICY, timeOf } from './test/kill-data.ts';

const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 3);
const FRAMES = 2 * 1440 + 100;
const folder = mkdtempSync(join(tmpdir(), 'guardia-torn-'));
/** Files as a kill would leave them, with sealing, merging and deleting in the log. */
const left = join(folder, 'left.db');
const whole = join(folder, 'whole.db');
let copies = 0;

beforeAll(async () => {
  const path = join(folder, 'series.db');
  const clock = new TestClock({ wallMs: timeOf(0) });
  const store = await openSeries({
    backend: 'sqlite',
    path,
    clock,
    policy: POLICY,
    maxPendingFrames: 10_000,
  });
  for (let n = 0; n < FRAMES; n++) {
    for (const frame of framesOf(n)) await store.append(frame);
    if (n % 1000 !== 0) continue;
    clock.jumpWall(timeOf(n) - clock.wall());
    await store.settle();
  }
  clock.jumpWall(timeOf(FRAMES) - clock.wall());
  await store.flush();
  copyFileSync(path, left);
  copyFileSync(`${path}-wal`, `${left}-wal`);
  await store.close();
  copyFileSync(path, whole);
});

afterAll(() => rmSync(folder, { recursive: true }));

function copyOf(path: string): string {
  const copy = join(folder, `copy${copies++}.db`);
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  return copy;
}

it(`opens with a log that is cut off or torn anywhere, in ${ROUNDS} rounds, with all up to some commit`, {
  timeout: 60_000 + ROUNDS * 2000,
}, async () => {
  const size = statSync(`${left}-wal`).size;
  expect(size).toBeGreaterThan(1_000_000);
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  await fc.assert(
    fc.asyncProperty(place, fc.boolean(), async (share, isCut) => {
      const path = copyOf(left);
      const offset = Math.floor(share * size);
      if (isCut) truncateSync(`${path}-wal`, offset);
      else {
        const wal = readFileSync(`${path}-wal`);
        wal.fill(0x5a, offset, Math.min(offset + 3000, size));
        writeFileSync(`${path}-wal`, wal);
      }
      await checkInvariants(path, -1);
    }),
    { numRuns: ROUNDS },
  );
});

it.each([0.25, 0.5, 0.97])(
  'refuses a file of which only the first part is there (%d), naming it',
  async (share) => {
    const path = copyOf(whole);
    truncateSync(path, Math.floor(statSync(path).size * share));
    const clock = new TestClock({ wallMs: timeOf(FRAMES) + DAY_MS });
    await expect(openSeries({ backend: 'sqlite', path, clock })).rejects.toMatchObject({
      code: 'DATABASE_DAMAGED',
      message: expect.stringMatching(/Database .*copy\d+\.db: .*restore a backup/),
    });
  },
);
