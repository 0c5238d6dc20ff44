import { expect, it } from 'vitest';

// The page's modules are JavaScript for browsers and have no types.
const { withoutEchoes } = await import(new URL('echoes.js', import.meta.url).href);

const entry = (type: string, timestamp: string, id = 'svc_shop') => ({ type, timestamp, target_id: id });

it('leaves out the check that the alert of the same moment and target is about', () => {
  const kept = [
    entry('alert', '12:00:03'),
    entry('service_check', '12:00:00'),
    entry('service_check', '12:00:03', 'svc_other'),
    entry('server', '12:00:03'),
  ];
  expect(withoutEchoes([...kept, entry('service_check', '12:00:03')])).toEqual(kept);
  expect(withoutEchoes([])).toEqual([]);
});
