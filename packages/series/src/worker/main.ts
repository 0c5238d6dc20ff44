// The main file of sample storage's worker thread: it only connects handlers and messages. The build bundles it under
// the name `series`; what is done is left to series-handlers.ts.
import { serve } from '@guardia/db/worker';
import { seriesHandlers } from './series-handlers.ts';

serve(seriesHandlers());
