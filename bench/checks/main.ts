// Checks measured: what they cost beside blackbox_exporter, how late they begin under load, and how fast hosts are pinged.
// `npm run bench:checks`; `-- --quick` for a minute, `-- cost ping` for these parts alone.
import { runParts } from './parts.ts';
import { measureCost } from './cost.ts';
import { measureLoad } from './load.ts';
import { measurePing } from './ping.ts';

await runParts('checks', { cost: measureCost, load: measureLoad, ping: measurePing });
