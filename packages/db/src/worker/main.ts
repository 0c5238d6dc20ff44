// The main file of the state database's worker thread: it only connects handlers and messages. The build bundles it
// under the name `state`; what is done is left to state-handlers.ts.
import { serve } from './serve.ts';
import { stateHandlers } from './state-handlers.ts';

serve(stateHandlers());
