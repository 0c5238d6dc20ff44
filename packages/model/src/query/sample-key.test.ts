import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleKey } from '../frame.ts';
import { parseSampleKey, seriesLabels } from './sample-key.ts';

it('always reads what sampleKey wrote', () => {
  const name = fc.string({ unit: 'binary' }).filter((text) => !text.includes('{'));
  const label = fc.string({ unit: 'binary' }).filter((text) => !/["=]/.test(text));
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', ',', '}') }),
  );
  fc.assert(
    fc.property(name, fc.dictionary(label, value), (metric, labels) => {
      const read = parseSampleKey(sampleKey(metric, labels));
      expect(read.metric).toBe(metric);
      expect(Object.entries(read.labels).sort()).toEqual(Object.entries(labels).sort());
    }),
  );
});

it.each(['', '{', 'a{', 'a{b', 'a{b="', 'a{b="c', '{b="c\\'])('reads what there is of %s', (key) => {
  expect(parseSampleKey(key)).toMatchObject({ metric: key.split('{')[0], labels: {} });
});

it('has no labels but its own', () => {
  expect(parseSampleKey('a').labels.constructor).toBeUndefined();
});

it('knows metric and target as labels, and renames a target of its own', () => {
  expect(seriesLabels('srv_a', 'probe{target="x",zone="b"}')).toEqual({
    __name__: 'probe',
    target: 'srv_a',
    exported_target: 'x',
    zone: 'b',
  });
});
