// The main file of the worker thread of state databases: it only connects handlers and messages. The build bundles it
// under the name `state`; what is done is left to state-handlers.ts and copy-handlers.ts.
import { type CopyOperations, copyHandlers } from './copy-handlers.ts';
import { serve } from './serve.ts';
import { type StateOperations, stateHandlers } from './state-handlers.ts';

serve<StateOperations & CopyOperations>({ ...stateHandlers(), ...copyHandlers });
