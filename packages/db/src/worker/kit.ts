// What a storage worker is made of, for the worker of another package (`@guardia/db/worker`): it loads neither Kysely
// nor the model, which a worker has no use for. The main thread's side is index.ts.
export { type DatabaseErrorCode, type Fault, faultOf, StorageFault } from './fault.ts';
export { migrate } from './migrate.ts';
export { type OpenFile, openFile, pragmaNumber } from './open-file.ts';
export { Handed, type Handlers, type Operations, serve } from './serve.ts';
export { inTransaction } from './statements.ts';
