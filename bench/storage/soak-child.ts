// The process whose memory and start are measured: it opens a store, says so, and ingests as fast as it can when told to.
// Its memory is read by soak.ts from outside.
import { openStore } from './bench.ts';
import { type DataShape, frames } from './data.ts';

export type SoakOrder = { type: 'ingest' } | { type: 'close' };
export type SoakReport = { type: 'opened' } | { type: 'progress'; samples: number } | { type: 'closed' };

/** A hundred series of 20 servers for longer than anyone waits. Half of the kinds are of full precision, so that the
 *  file grows by its two gigabytes in minutes. */
const ENDLESS: DataShape = {
  targets: 20,
  perKind: 10,
  intervalMs: 15_000,
  durationMs: 3650 * 86_400_000,
  exactKinds: 5,
};

const PROGRESS_MS = 1000;

const report = (message: SoakReport) => process.send?.(message);

const { store, clock } = await openStore({ backend: 'sqlite', path: process.argv[2]! });
let closing = false;

async function ingest(): Promise<void> {
  let samples = 0;
  let saidAt = performance.now();
  for (const frame of frames(ENDLESS)) {
    clock.moveTo(frame.at);
    const room = store.append(frame);
    if (room !== undefined) await room;
    samples += frame.values.length;
    if (performance.now() - saidAt < PROGRESS_MS) continue;
    saidAt = performance.now();
    report({ type: 'progress', samples });
    if (closing) return;
  }
}

async function close(): Promise<void> {
  closing = true;
  await store.close();
  report({ type: 'closed' });
  process.disconnect();
}

process.on('message', (order: SoakOrder) => void (order.type === 'ingest' ? ingest() : close()));
process.on('disconnect', () => process.exit(0));
report({ type: 'opened' });
