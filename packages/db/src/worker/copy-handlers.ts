// What a worker that copies files does when asked. Progress goes over a port of its own, because a request has one
// answer.
import type { MessagePort } from 'node:worker_threads';
import type { Handlers } from './serve.ts';
import { backUp, type Restore, restore } from './copy.ts';

/** What can be asked of it. */
export type CopyOperations = {
  backup: { ask: { path: string; to: string; progress: MessagePort }; answer: undefined };
  restore: { ask: Restore; answer: undefined };
};

export const copyHandlers: Handlers<CopyOperations> = {
  async backup({ path, to, progress }) {
    await backUp(path, to, (now) => progress.postMessage(now));
    return undefined;
  },
  async restore(what) {
    await restore(what);
    return undefined;
  },
};
