// Asks mounted file systems how full they are, and never waits long for one that another machine answers for.
// Which mounts to ask is left to mounts.ts.
import type { AgentClock } from '../clock.ts';
import type { FileSystemReading, Space } from '../readings.ts';
import type { Mount } from './mounts.ts';

/** How long one reading waits for all network file systems together. */
const REMOTE_LIMIT_MS = 500;

/** The part of statfs(2) that is used; node:fs's answer fits. */
export interface StatFs {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export interface FileSystemsOptions {
  /** Asks at once: for local file systems, which answer from memory. Throws when refused. */
  readonly statfsSync: (path: string) => StatFs;
  /** Asks on another thread: for file systems that may hang. */
  readonly statfs: (path: string) => Promise<StatFs>;
  readonly clock: AgentClock;
}

/** Keeps at most one open question per network mount: a mount that hangs costs one thread, not one a reading. */
export class FileSystems {
  readonly #options: FileSystemsOptions;
  readonly #open = new Map<string, Promise<Space | null>>();

  constructor(options: FileSystemsOptions) {
    this.#options = options;
  }

  /** True while a network mount still owes an answer. */
  get stuck(): boolean {
    return this.#open.size > 0;
  }

  /** One reading per mount, in their order. A mount that refuses, hangs, or still owes the answer to an earlier
   *  reading has null space. */
  async read(mounts: readonly Mount[], pathOf: (mount: string) => string): Promise<FileSystemReading[]> {
    const spaces = new Map<string, Space | null>();
    const remote: Promise<void>[] = [];
    for (const { mount, remote: isRemote } of mounts) {
      if (!isRemote) spaces.set(mount, this.#local(pathOf(mount)));
      else if (!this.#open.has(mount)) {
        remote.push(this.#ask(mount, pathOf(mount)).then((space) => void spaces.set(mount, space)));
      }
    }
    if (remote.length > 0) await this.#limited(Promise.all(remote));
    return mounts.map(({ remote: _, ...mount }) => ({ ...mount, space: spaces.get(mount.mount) ?? null }));
  }

  #local(path: string): Space | null {
    try {
      return toSpace(this.#options.statfsSync(path));
    } catch {
      return null;
    }
  }

  #ask(mount: string, path: string): Promise<Space | null> {
    const answer = this.#options.statfs(path).then(toSpace, () => null);
    this.#open.set(mount, answer);
    return answer.finally(() => this.#open.delete(mount));
  }

  #limited(answers: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(REMOTE_LIMIT_MS, resolve);
      void answers.then(() => {
        cancel();
        resolve();
      });
    });
  }
}

function toSpace(stat: StatFs): Space {
  return {
    sizeBytes: stat.blocks * stat.bsize,
    freeBytes: stat.bfree * stat.bsize,
    availableBytes: stat.bavail * stat.bsize,
    files: stat.files,
    filesFree: stat.ffree,
  };
}
