import { Worker } from 'node:worker_threads';
import { afterEach, expect, it, vi } from 'vitest';
import { spawnWorker } from './spawn-worker.ts';
import { WorkerLink } from './worker-link.ts';

/** Answers `echo`, ends or throws when asked to, never answers `hang`. */
const TEXT = `const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ id, operation, payload }) => {
    if (operation === 'echo') parentPort.postMessage({ id, value: payload });
    if (operation === 'end') process.exit(payload);
    if (operation === 'throw') throw new Error('out of order');
    if (operation === 'close') { parentPort.postMessage({ id, value: undefined }); parentPort.close(); }
  });`;

type Echo = Record<'echo' | 'end' | 'throw' | 'hang', { ask: unknown; answer: unknown }>;

function setup() {
  const link = new WorkerLink<Echo>(new Worker(TEXT, { eval: true }), '/data/test.db');
  const failures: Error[] = [];
  link.onFailure((error) => failures.push(error));
  return { link, failures };
}

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['end', 3, 'its worker thread ended (3)'],
  ['end', 0, 'its worker thread ended (0)'],
  ['throw', null, 'its worker thread failed'],
] as const)('reports the death of its worker once: %s %s', async (operation, payload, what) => {
  const { link, failures } = setup();
  const waiting = [link.request('hang', 1), link.request(operation, payload)];
  for (const request of await Promise.allSettled(waiting)) {
    expect(request).toMatchObject({
      status: 'rejected',
      reason: { code: 'DATABASE_WORKER_DIED', fatal: true },
    });
  }
  expect(failures).toHaveLength(1);
  expect(failures[0]!.message).toContain(`/data/test.db: ${what}`);
  await expect(link.request('echo', 1)).rejects.toBe(failures[0]);
  const late: Error[] = [];
  link.onFailure((error) => late.push(error));
  expect(late).toEqual(failures);
  await link.close();
});

it('refuses what cannot cross to the worker, and goes on', async () => {
  const { link, failures } = setup();
  await expect(link.request('echo', () => 1)).rejects.toThrow('could not be cloned');
  expect(await link.request('echo', 'still here')).toBe('still here');
  await link.close();
  expect(failures).toEqual([]);
});

it('rejects what the worker left unanswered when it closed', async () => {
  const { link, failures } = setup();
  const unanswered = link.request('hang', 1);
  await Promise.all([
    link.close(),
    link.close(),
    expect(unanswered).rejects.toMatchObject({ code: 'DATABASE_CLOSED' }),
  ]);
  expect(failures).toEqual([]);
});

it('starts the text inside a bundle instead of the file', async () => {
  vi.stubGlobal('GUARDIA_BUNDLED_WORKERS', { other: TEXT });
  const worker = spawnWorker('other', () => {
    throw new Error('a bundle has no file');
  });
  const link = new WorkerLink<Echo>(worker, ':memory:');
  expect(await link.request('echo', 7)).toBe(7);
  await link.close();
  expect(() =>
    spawnWorker('state', () => {
      throw new Error('no such text');
    }),
  ).toThrow('no such text');
});
