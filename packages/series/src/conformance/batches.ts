// How accepted frames come into the store: in batches, held back when too many wait, whatever the clock does. What is
// read back in which form is left to ranges.ts.
import { expect, it } from 'vitest';
import { frame, T0 } from '../test/frames.ts';
import type { Setup } from './harness.ts';

export function batches(setup: Setup): void {
  it('writes a batch when it is full, and the rest when its time is over', async () => {
    const { store, clock } = await setup({ batchFrames: 10, batchMs: 5000 });
    for (let n = 0; n < 25; n++) store.append(frame('srv_a', n));
    await expect.poll(async () => (await store.stats()).framesWritten).toBe(20);
    expect(await store.stats()).toMatchObject({
      flushes: 2,
      pendingFrames: 5,
      openFrames: 20,
      openSamples: 60,
      tiers: { log: { rows: 2 } },
      flushLagMs: 0,
    });
    await clock.advance(5000);
    await expect.poll(async () => (await store.stats()).framesWritten).toBe(25);
    expect(await store.stats()).toMatchObject({
      flushes: 3,
      pendingFrames: 0,
      samplesWritten: 75,
      lastFlushAt: T0 + 5000,
    });
  });

  it('holds callers back when too many wait, and loses none of them', async () => {
    const { store, range } = await setup({ batchFrames: 10, maxPendingFrames: 30 });
    const answers = Array.from({ length: 100 }, (_, n) => store.append(frame('srv_a', n)));
    expect(answers.findIndex((answer) => answer !== undefined)).toBe(30);
    await Promise.all(answers);
    expect((await store.stats()).pendingFrames).toBeLessThanOrEqual(30);
    await store.flush();
    expect(await store.stats()).toMatchObject({ framesWritten: 100, pendingFrames: 0 });
    expect((await range()).points).toHaveLength(100);
  });

  it('seals full targets into blocks, and shortens the log by what is sealed', async () => {
    const { store, range } = await setup({ batchFrames: 10 });
    for (let n = 0; n < 700; n++) store.append(frame('srv_a', n));
    await store.flush();
    const { tiers, openFrames, seals } = await store.stats();
    expect(seals).toBeGreaterThan(5);
    expect(tiers.blocks.points + openFrames * 3).toBe(2100);
    expect(tiers.log.rows).toBeLessThan(70);
    await store.settle();
    const sealed = await store.stats();
    expect(sealed).toMatchObject({ openFrames: 0, openSamples: 0, tiers: { blocks: { points: 2100 } } });
    expect(sealed.tiers.log.rows).toBe(0);
    expect((await range()).points).toHaveLength(700);
  });

  it('keeps frames whose clock went back, and its own timers do not follow it', async () => {
    const { store, clock, range } = await setup();
    store.append(frame('srv_a', 3600));
    clock.jumpWall(-3_600_000);
    store.append(frame('srv_a', 1));
    await clock.advance(5000);
    await expect.poll(async () => (await store.stats()).framesWritten).toBe(2);
    expect((await range()).points.map((point) => point.at - T0)).toEqual([1000, 3_600_000]);
    expect(await store.stats()).toMatchObject({ lastFlushAt: T0 - 3_595_000, lastFlushMs: 0 });
  });
}
