import { expect, it } from 'vitest';
import { Batch, Refs } from './batch.ts';

const batch = () => new Batch(new Float64Array(8), false);
const keys = (length: number, n: number) => Array.from({ length }, (_, i) => (i === 0 ? `new${n}` : 'same'));

it('begins with new numbers at 10,000 layouts', () => {
  const refs = new Refs();
  for (let n = 0; n < 9999; n++) refs.layout({ keys: keys(1, n) }, batch());
  expect(refs.full).toBe(false);
  refs.layout({ keys: ['another'] }, batch());
  expect(refs.full).toBe(true);
});

it('begins with new numbers at four million keys, of which those of a known layout are none', () => {
  const refs = new Refs();
  const layouts = Array.from({ length: 7 }, (_, n) => ({ keys: keys(500_000, n) }));
  for (const layout of layouts) refs.layout(layout, batch());
  const explained = batch();
  refs.layout(layouts[0]!, explained);
  refs.layout({ keys: [...layouts[0]!.keys] }, explained);
  expect(explained.newLayouts).toEqual([]);
  expect(refs.full).toBe(false);
  refs.layout({ keys: keys(500_000, 7) }, explained);
  expect(refs.full).toBe(true);
});
