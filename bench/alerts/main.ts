// Alerts measured: a thousand targets that fail in one second, what that does to checks of the same hub, and a hundred
// thousand pairs of rule and target. `npm run bench:alerts`; `-- --quick` for a minute, `-- pairs` for this part alone.
import { runParts } from '../checks/parts.ts';
import { measureDeliveries } from './deliveries.ts';
import { measureFleetRules } from './fleet-rules.ts';
import { measurePairs } from './pairs.ts';
import { measureStorm } from './storm.ts';

await runParts('alerts', {
  storm: measureStorm,
  deliveries: measureDeliveries,
  pairs: measurePairs,
  fleet: measureFleetRules,
});
