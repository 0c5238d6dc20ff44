import { readFileSync } from 'node:fs';
(globalThis as any).GUARDIA_BUNDLED_WORKERS = {
  state: readFileSync('/tmp/hs/state.cjs', 'utf8'),
  series: readFileSync('/tmp/hs/series.cjs', 'utf8'),
};
await import('/tmp/hs/measure.ts' as string);
