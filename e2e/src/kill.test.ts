// kill -9 in the middle of the work: what was flushed is there, an alert is told at least once and with one key,
// and the next start needs no help.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { startFarSide } from '@guardia/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startHub } from './hub.ts';
import { Bench, freePort, until } from './programs.ts';

/** Rounds of kill -9; GUARDIA_KILL_ROUNDS sets more. */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 3);

let bench: Bench;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await bench.close();
  for (const close of closing.splice(0)) await close();
});

interface Stats {
  storage: { frames_written: number; frames_accepted: number };
}

/** Polls that are in the file, counted by a sample that every poll has. */
async function storedFrames(): Promise<number> {
  const path = join(bench.folder, 'guardia.series.db');
  const store = await openSeries({ backend: 'sqlite', path, clock: systemClock });
  let frames = 0;
  for (const targetId of await store.targets()) {
    const [column] = await store.raw({
      targetId,
      keys: ['cpu.usage'],
      start: 0,
      end: systemClock.wall() + 1e6,
    });
    frames += column?.times.length ?? 0;
  }
  await store.close();
  const db = new DatabaseSync(path, { readOnly: true });
  const check = db.prepare('pragma integrity_check').get();
  db.close();
  expect(Object.values(check ?? {})).toEqual(['ok']);
  return frames;
}

describe('kill -9', () => {
  it(`loses at most what was not flushed, ${ROUNDS} times over`, {
    timeout: 120_000 + ROUNDS * 60_000,
  }, async () => {
    bench = new Bench();
    const agent = await bench.agent('s');
    const hook = await startFarSide();
    closing.push(() => hook.stop());
    const port = await freePort();
    const server = { ip: '127.0.0.1', port: agent.port, token: 's', interval: 1 };
    const settings = {
      servers: [{ ...server, limits: { memory: { limit: 0.01, grace: 2, alert: 'hook' } } }],
      alerts: { hook: { webhook: { url: hook.url } } },
    };
    let flushed = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const hub = await startHub(bench, settings, port);
      // killed with 0 to 3 frames accepted and not yet in the file
      const written = await until('a flush, and frames after it', async () => {
        const { frames_written, frames_accepted } = (await hub.get<Stats>('/stats')).storage;
        return frames_written > 0 && frames_accepted - frames_written >= round % 4 && frames_written;
      });
      hub.program.signal('SIGKILL');
      expect((await hub.program.exited).signal).toBe('SIGKILL');
      flushed += written;
      expect(await storedFrames()).toBeGreaterThanOrEqual(flushed);
    }
    await hook.received(0);
    const keys = new Set(
      hook.requests.map((request) => (JSON.parse(request.body) as { dedupe_key: string }).dedupe_key),
    );
    expect(keys.size).toBe(1);
  });
});
