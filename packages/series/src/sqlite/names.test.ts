// What the tables of names remember between two questions. That all chunk stores find the same is tested in
// sqlite-store.test.ts.
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from './sqlite-store.ts';

const DAY = 2_000;
const NUMBERING = { limit: 100, day: DAY, since: DAY };

function setup() {
  const store = openSqliteStore(':memory:');
  onTestFinished(() => store.close());
  const target = store.target('srv_a');
  const add = (...keys: string[]) => store.series(target, keys, NUMBERING);
  const find = (metric: string) => store.findSeries({ metric }, 1_000);
  return { store, add, find };
}

it('doesn’t read series again while only those of other metrics come and go', () => {
  const { store, add, find } = setup();
  store.series(store.target('srv_b'), ['container.cpu{name="old"}'], { ...NUMBERING, day: DAY - 1 });
  add('load', 'load.5m', 'disk.used{mount="/"}');
  const metrics = ['load', 'load*', 'disk.used', 'd*'];
  for (const metric of metrics) find(metric);
  const before = metrics.map(find);
  add('container.cpu{name="a"}', 'container.cpu{name="b"}', 'load');
  expect(store.deleteSeries({ day: DAY, open: new Set(), limit: 9, cursor: null }).deleted).toBe(1);
  // The very lists: what is read is a new one each time.
  for (const [i, metric] of metrics.entries()) expect(find(metric)).toBe(before[i]);
});

it('reads them again where one may be meant', () => {
  const { add, find } = setup();
  add('load', 'load.5m');
  expect(find('load*')).toHaveLength(2);
  add('load.15m');
  expect(find('load*').map(({ key }) => key)).toEqual(['load', 'load.15m', 'load.5m']);
});
