// An exporter that shows more series than a target may have, in a whole hub: what people are told, and what stays as it is.
import { expect, test } from 'vitest';
import { get, HubBench, startAgent, until } from './test/hub-bench.ts';

interface Exporter {
  readonly health_status: string;
  readonly samples: number;
  readonly refused_series: number;
  readonly warning: string | null;
  readonly target_id: string;
}

test('says by name how many series of an exporter are left out, and keeps the rest', async () => {
  const lines = Array.from({ length: 150 }, (_, i) => `requests{path="/${i}"} ${i}\n`);
  const agent = await startAgent(() => ({ headers: { 'content-type': 'text/plain' }, body: lines.join('') }));
  const bench = new HubBench();
  const hub = await bench.start({
    storage: { backend: 'sqlite', path: `${bench.folder}/guardia.db`, max_series_per_target: 100 },
    exporters: [{ name: 'shop', url: `${agent.url}/metrics`, interval: '1s' }],
  });
  const shop = await until('the exporter to be refused series', async () => {
    const exporter = await get<Exporter>(hub, '/exporters/shop');
    return exporter.refused_series > 0 && exporter;
  });
  // Three are the hub's own.
  expect(shop).toMatchObject({ health_status: 'up', samples: 150, refused_series: 53, last_error: null });
  expect(shop.warning).toMatch(/^53 series are left out/);
  const up = await get<{ series: { values: number[] }[] }>(hub, '/query?series=up&agg=last');
  expect(up.series[0]!.values.at(-1)).toBe(1);
  const line = await until('the log', () => bench.logged(/storage\.max_series_per_target/));
  expect(line.msg).toMatch(/^shop: 53 series are beyond .* \(100\) and left out, \d+ samples since/);
});
