// Rule 10: dependencies that lead in a circle are refused, and nothing else is.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problemsOf } from './test/load-text.ts';

const SIZE = 6;

const graphs = fc.array(fc.subarray([...Array(SIZE).keys()]), { minLength: SIZE, maxLength: SIZE });

const textOf = (graph: readonly (readonly number[])[]) =>
  `services:\n${graph.map((parents, i) => `  - { name: s${i}, url: "https://s", depends_on: [${parents.map((n) => `s${n}`)}] }`).join('\n')}`;

/** Takes out what depends on nothing that is left, again and again. */
function hasCircle(graph: readonly (readonly number[])[]): boolean {
  const left = new Set(graph.keys());
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const i of left) if (!graph[i]!.some((n) => left.has(n))) left.delete(i);
  }
  return left.size > 0;
}

test('rule 10: a cycle of dependencies is always told, whole, and only a cycle is', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      const lines = await problemsOf(textOf(graph));
      expect(lines.length > 0).toBe(hasCircle(graph));
      for (const line of lines) {
        const way = /must not lead back to itself: (.*)$/.exec(line)?.[1]?.split(' -> ') ?? [];
        const nodes = way.map((name) => Number(name.slice(1)));
        expect(nodes.length).toBeGreaterThan(1);
        expect(nodes[0]).toBe(nodes.at(-1));
        for (const [i, n] of nodes.slice(1).entries()) expect(graph[nodes[i]!]).toContain(n);
      }
    }),
    { numRuns: 100 },
  );
});

test('rule 10: a chain of ten thousand is no cycle', async () => {
  const graph = Array.from({ length: 10_000 }, (_, i) => (i === 0 ? [] : [i - 1]));
  expect(await problemsOf(textOf(graph.toReversed().map((p) => p.map((n) => 9_999 - n))))).toEqual([]);
});
