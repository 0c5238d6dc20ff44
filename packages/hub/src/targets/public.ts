// What other domains may know of targets: what they say of themselves in words, and since when.
import type { EpochMs, TargetId } from '@guardia/model';

/** One fact of a target: its kernel's version, its host name. */
export interface Fact {
  readonly name: string;
  /** Null: it is no longer said. */
  readonly value: string | null;
  /** When it was first heard. */
  readonly since: EpochMs;
}

export interface FactReader {
  /** Newest first; the newest of each name is how it is now. */
  history(targetId: TargetId, limit: number): Promise<readonly Fact[]>;
}
