// The suites that every sample storage passes: SQLite file, memory, PostgreSQL, and none in the parts that apply. What
// only files do (kill -9, full disk, damage) is tested beside them.
import { describe } from 'vitest';
import { archive } from './conformance/archive.ts';
import { basics } from './conformance/basics.ts';
import { batches } from './conformance/batches.ts';
import { checks } from './conformance/checks.ts';
import { type Backend, setups } from './conformance/harness.ts';
import { limits } from './conformance/limits.ts';
import { property } from './conformance/property.ts';
import { queries } from './conformance/queries.ts';
import { ranges } from './conformance/ranges.ts';
import { retention } from './conformance/retention.ts';
import { samples } from './conformance/samples.ts';
import { tiers } from './conformance/tiers.ts';

export type { Backend } from './conformance/harness.ts';

/** What every store does. */
export function seriesConformance(backend: Backend): void {
  describe(`sample storage: ${backend.name}`, () => basics(setups(backend)));
}

/** What stores that keep history do as well. */
export function historyConformance(backend: Backend): void {
  const setup = setups(backend);
  describe(`history: ${backend.name}`, () => {
    batches(setup);
    ranges(setup);
    checks(setup);
    samples(setup, backend);
    tiers(setup, backend);
    queries(setup);
    retention(setup, backend);
    archive(setup, backend);
    limits(setup);
    property(setup, backend);
  });
}

/** Of history, what goes another way when the engine is in a thread of its own. */
export function threadConformance(backend: Backend): void {
  const setup = setups(backend);
  describe(`history across a thread: ${backend.name}`, () => {
    batches(setup);
    queries(setup);
    limits(setup);
  });
}
