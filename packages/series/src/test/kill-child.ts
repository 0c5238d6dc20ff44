// The victim of the kill -9 test: goes on where the file named as its first argument ends, does everything that storage
// does again and again, says what is flushed, and kills itself in the phase named as its second argument, when the share
// of that phase's time is over that is its third.
import { appendFileSync, writeSync } from 'node:fs';
import { systemClock } from '@guardia/kernel';
import { openSeries } from '../open-series.ts';
import { DAY_MS } from './frames.ts';
import { framesOf, KEYS, NARROW, type Phase, POLICY, timeOf } from './kill-data.ts';

const [path, phase, share] = process.argv.slice(2) as [string, Phase, string];
let now = timeOf(0);
const clock = {
  wall: () => now,
  mono: () => systemClock.mono(),
  after: (ms: number, work: () => void) => systemClock.after(ms, work),
};
const store = await openSeries({ backend: 'sqlite', path, clock, policy: POLICY, maxPendingFrames: 10_000 });
/** How long the phase took the last time. */
let tookMs = 5;

/** At once, also when the next thing that happens is the end. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function during(what: Phase, work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  let isOver = false;
  const done = work().finally(() => {
    isOver = true;
  });
  while (what === phase && !isOver) {
    if (performance.now() - startedAt >= tookMs * Number(share)) {
      say(`killed ${phase}`);
      process.kill(process.pid, 'SIGKILL');
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  if (what === phase) tookMs = performance.now() - startedAt;
}

async function newest(): Promise<number> {
  const query = { targetId: NARROW, start: 0, end: Number.MAX_SAFE_INTEGER, keys: ['counter'] };
  return (await store.raw(query))[0]?.values.at(-1) ?? -1;
}

let n = (await newest()) + 1;
for (let day = 0; ; day++) {
  await during('ingest', async () => {
    for (let i = 0; i < 1440; i++, n++) {
      now = timeOf(n);
      for (const frame of framesOf(n)) await store.append(frame);
      if (n % 150 !== 149) continue;
      await store.flush();
      say(`flushed ${n}`);
    }
    await store.flush();
  });
  say(`flushed ${n - 1}`);
  await during('seal', () => store.settle());
  // The day that is running now is over half a day later.
  now += DAY_MS / 2;
  await during('merge', () => store.settle());
  await during('late', late);
  await (day % 2 === 0 ? during('archive', archive) : during('delete', () => store.cleanUp(POLICY)));
}

/** Some frames of the day before come again, which changes nothing: that day is merged again. */
async function late(): Promise<void> {
  for (let i = n - 2000; i < n - 1500; i += 50)
    if (i >= 0) for (const frame of framesOf(i)) await store.append(frame);
  await store.settle();
}

/** Writes raw samples to a file, as an archive would, before they are dropped. */
async function archive(): Promise<void> {
  const until = Math.floor((now - 2 * DAY_MS) / DAY_MS) * DAY_MS;
  const start = (await store.archivedUntil()) ?? 0;
  if (until <= start) return;
  for (const { key, times, values } of await store.raw({
    targetId: NARROW,
    start,
    end: until - 1,
    keys: KEYS,
  })) {
    const lines = Array.from(times, (at, i) => JSON.stringify([key, at, values[i]]));
    // A line that was torn off stays alone.
    appendFileSync(`${path}.archive`, `\n${lines.join('\n')}\n`);
  }
  await store.dropArchived(until);
}
