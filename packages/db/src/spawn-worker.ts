// Starts a storage worker, from the clone's .ts file or from the text inside a bundle. What is said to it is
// worker-link.ts's business.
import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Source texts of the workers by name; the build defines it in bundles, where no file stands beside the program. */
declare const GUARDIA_BUNDLED_WORKERS: Readonly<Record<string, string>> | undefined;

/** Small heaps: SQLite keeps its pages outside them, and answers are handed over. Megabytes. */
const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 };

// Threads that make faster wrappers for WebAssembly at the same time can end the process; node reads TypeScript with
// WebAssembly in each of them. See docs/decisions/threads-webassembly.md.
setFlagsFromString(`--wasm-wrapper-tiering-budget=${2 ** 31 - 1}`);

/** Starts the worker `name`, whose file in the clone is `url()`: a function, because a bundle may have no
 *  `import.meta.url` to begin from. The thread keeps the process alive until it ends; signals are the main thread's.
 *  @param youngMb room for what lives shortly, megabytes: a worker that makes large arrays collects less often with more */
export function spawnWorker(name: string, url: () => URL, youngMb = LIMITS.maxYoungGenerationSizeMb): Worker {
  const resourceLimits = { ...LIMITS, maxYoungGenerationSizeMb: youngMb };
  const options: WorkerOptions = { name, resourceLimits, env: {}, execArgv: [] };
  const text = typeof GUARDIA_BUNDLED_WORKERS === 'undefined' ? undefined : GUARDIA_BUNDLED_WORKERS[name];
  return text === undefined ? new Worker(url(), options) : new Worker(text, { ...options, eval: true });
}
