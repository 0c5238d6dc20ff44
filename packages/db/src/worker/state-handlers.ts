// What the state database's worker does when asked: it owns the one connection. Ordering, grouping and what callers see
// are left to the main thread (open-state-db.ts).
import type { Migration } from '../state-db.ts';
import { StorageFault } from './fault.ts';
import { migrate } from './migrate.ts';
import { type OpenFile, openFile, openReadOnly } from './open-file.ts';
import type { Handlers } from './serve.ts';
import { type BatchResult, type RunResult, type Statement, Statements } from './statements.ts';

/** What this worker can be asked. */
export type StateOperations = {
  open: { ask: { path: string; migrations: readonly Migration[] }; answer: undefined };
  openReadOnly: { ask: string; answer: undefined };
  run: { ask: Statement; answer: RunResult };
  batches: { ask: readonly (readonly Statement[])[]; answer: readonly BatchResult[] };
  fileBytes: { ask: undefined; answer: number };
  close: { ask: undefined; answer: undefined };
};

/** The handlers of one database. */
export function stateHandlers(): Handlers<StateOperations> {
  let file: OpenFile | undefined;
  let statements: Statements | undefined;
  return {
    open({ path, migrations }) {
      file = openFile({ path, synchronous: 'FULL' });
      statements = new Statements(file.db);
      migrate(file.db, migrations);
      return undefined;
    },
    openReadOnly(path) {
      file = openReadOnly(path);
      statements = new Statements(file.db);
      return undefined;
    },
    run: (statement) => opened(statements).run(statement),
    batches: (batches) => opened(statements).runGroup(batches),
    fileBytes: () => opened(file).fileBytes(),
    close() {
      file?.close();
      return undefined;
    },
  };
}

function opened<T>(part: T | undefined): T {
  if (part === undefined) throw new StorageFault('DATABASE_CLOSED', 'it is not open');
  return part;
}
