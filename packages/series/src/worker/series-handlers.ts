// What the worker of sample storage does when asked: it owns the one connection. Collecting batches, trying again and
// unpacking answers are left to the main thread (sqlite-series.ts).
import type { DatabaseSync } from 'node:sqlite';
import {
  faultOf,
  Handed,
  type Handlers,
  migrate,
  type OpenFile,
  openFile,
  StorageFault,
} from '@guardia/db/worker';
import type { EpochMs } from '@guardia/model';
import { cleanUp, oldestFrameAt } from './clean-up.ts';
import { History } from './history.ts';
import { Names } from './names.ts';
import type { SeriesOperations, WriteAnswer, PackedBatch } from './operations.ts';
import { Reader } from './reader.ts';
import { SERIES_MIGRATIONS } from './schema.ts';
import { Writer } from './writer.ts';

interface Parts {
  readonly file: OpenFile;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly history: History;
}

/** The handlers of one file. */
export function seriesHandlers(): Handlers<SeriesOperations> {
  let opened: Parts | undefined;
  const parts = () => {
    if (opened === undefined) throw new StorageFault('DATABASE_CLOSED', 'it is not open');
    return opened;
  };
  return {
    open({ path }) {
      opened = open(path);
      return undefined;
    },
    write(batch) {
      const answer = write(parts().writer, batch);
      return new Handed(answer, [answer.cells.buffer]);
    },
    async range(query) {
      const points = await parts().reader.range(query);
      return new Handed(points, [points.cells.buffer]);
    },
    checks: (query) => parts().history.checks(query),
    uptime: (query) => parts().history.uptime(query),
    cleanUp({ before }) {
      const { file, writer } = parts();
      return cleanUp(file.db, before, () => writer.heldLayouts());
    },
    stats: () => ({ ...count(parts().file.db), fileBytes: parts().file.fileBytes() }),
    close() {
      opened?.file.close();
      return undefined;
    },
  };
}

function open(path: string): Parts {
  const file = openFile({ path, synchronous: 'NORMAL', pageSizeBytes: 8192, autoVacuum: true });
  migrate(file.db, SERIES_MIGRATIONS);
  const names = new Names(file.db);
  return {
    file,
    writer: new Writer(file.db, names),
    reader: new Reader(file.db, names),
    history: new History(file.db, names),
  };
}

/** A fault that may pass gives the buffer back for the next try; others are thrown, and end the store. */
function write(writer: Writer, batch: PackedBatch): WriteAnswer {
  try {
    writer.write(batch);
    return { cells: batch.cells };
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code !== 'DATABASE_BUSY' && fault.code !== 'DATABASE_FULL') throw error;
    return { cells: batch.cells, fault };
  }
}

function count(db: DatabaseSync): {
  framesStored: number;
  checksStored: number;
  oldestFrameAt: EpochMs | null;
} {
  const { frames, checks } = db.prepare('select frames, checks from counters').get()!;
  return {
    framesStored: frames as number,
    checksStored: checks as number,
    oldestFrameAt: oldestFrameAt(db),
  };
}
