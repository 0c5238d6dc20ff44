// Enumerates every sequence of events up to a depth, so that what rule 6 says holds "always" is shown for all of them.
import { describe, expect, it } from 'vitest';
import { INACTIVE, type Life, type LifeEffect, type LifeEvent, step } from './life.ts';

const EVENTS: readonly LifeEvent[] = ['violation', 'pass', 'unknown', 'rule_changed', 'rule_gone'];
const DEPTH = 7;
const TOLD: readonly string[] = ['fired', 'resolved', 'withdrawn'];

interface Run {
  readonly life: Life;
  readonly effect: LifeEffect;
  /** Violations since the last event that starts the count anew, counted apart from the machine. */
  readonly inARow: number;
  readonly down: boolean;
}

/** What the rules say, written down a second time without the machine's states. */
function expected(
  run: Run,
  event: LifeEvent,
  grace: number,
): { effect: LifeEffect; inARow: number; down: boolean } {
  if (event === 'unknown') return { effect: 'none', inARow: run.inARow, down: run.down };
  if (event === 'violation') {
    if (run.down) return { effect: 'none', inARow: run.inARow, down: true };
    const inARow = run.inARow + 1;
    const fires = inARow === Math.max(1, grace);
    return { effect: fires ? 'fired' : 'counted', inARow, down: fires };
  }
  if (run.down) {
    if (event === 'rule_changed') return { effect: 'none', inARow: run.inARow, down: true };
    return { effect: event === 'pass' ? 'resolved' : 'withdrawn', inARow: 0, down: false };
  }
  return { effect: run.inARow > 0 ? 'cleared' : 'none', inARow: 0, down: false };
}

function walk(
  run: Run,
  grace: number,
  depth: number,
  visit: (path: readonly string[]) => void,
  path: readonly string[] = [],
) {
  visit(path);
  if (depth === 0) return;
  for (const event of EVENTS) {
    const want = expected(run, event, grace);
    const { life, effect } = step(run.life, event, grace);
    const at = [...path, `${event}:${effect}`];
    if (effect !== want.effect || (life.state === 'firing') !== want.down) {
      expect.fail(
        `grace ${grace}, ${at.join(' ')}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(life)}`,
      );
    }
    if (!want.down && life.violations !== want.inARow)
      expect.fail(`${at.join(' ')}: counted ${life.violations}`);
    walk({ life, effect, inARow: want.inARow, down: want.down }, grace, depth - 1, visit, at);
  }
}

function expectInOrder(path: readonly string[]): void {
  const told = path.map((entry) => entry.split(':')[1]!).filter((effect) => TOLD.includes(effect));
  const wrong = told.some((effect, i) => (effect === 'fired') !== (i % 2 === 0));
  if (wrong) expect.fail(`not a down and an end in turn: ${path.join(' ')}`);
}

describe('the life of an alert', () => {
  for (const grace of [0, 1, 2, 3, 5]) {
    it(`keeps rule 6 over every sequence of ${DEPTH} events with grace ${grace}`, () => {
      let sequences = 0;
      walk({ life: INACTIVE, effect: 'none', inARow: 0, down: false }, grace, DEPTH, () => {
        sequences += 1;
      });
      expect(sequences).toBe((5 ** (DEPTH + 1) - 1) / 4);
    });

    it(`never recovers without a down and is never down twice with grace ${grace}`, () => {
      walk({ life: INACTIVE, effect: 'none', inARow: 0, down: false }, grace, DEPTH, (path) => {
        expectInOrder(path);
      });
    });
  }

  it('fires exactly at the n-th violation, unknowns between them notwithstanding', () => {
    let life = INACTIVE;
    const effects: LifeEffect[] = [];
    for (const event of [
      'violation',
      'unknown',
      'violation',
      'unknown',
      'unknown',
      'violation',
      'violation',
    ] as const) {
      const next = step(life, event, 3);
      life = next.life;
      effects.push(next.effect);
    }
    expect(effects).toEqual(['counted', 'none', 'counted', 'none', 'none', 'fired', 'none']);
    expect(life).toEqual({ state: 'firing', violations: 3 });
  });
});
