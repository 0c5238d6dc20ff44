// Starts the worker that the state database, its readers and its copies are made of. What it is asked is up to those
// who start it; what it does is in worker/main.ts.
import { spawnWorker } from './spawn-worker.ts';
import type { CopyOperations } from './worker/copy-handlers.ts';
import type { StateOperations } from './worker/state-handlers.ts';
import { WorkerLink } from './worker-link.ts';

/** @param path of the database that its errors name */
export function spawnStateWorker(path: string): WorkerLink<StateOperations & CopyOperations> {
  return new WorkerLink(
    spawnWorker('state', () => new URL('./worker/main.ts', import.meta.url)),
    path,
  );
}
