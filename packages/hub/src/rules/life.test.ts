// What becomes of a row from look to look: how long it must hold, what UNKNOWN does to that, and that what is told is in order.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, type Effect, type Found, type Life, RAISED_BEFORE, underOtherSettings } from './life.ts';
import type { Verdict } from './verdict.ts';

/** Looks 15 s apart at one row; what was told at each. */
function looks(verdicts: readonly (Verdict | 'gone' | 'blind')[], forMs: number, first?: Life): string {
  let lives: ReadonlyMap<string, Life> = new Map(first === undefined ? [] : [['a', first]]);
  const told = verdicts.map((verdict, i) => {
    const isThere = verdict !== 'gone' && verdict !== 'blind';
    const found = verdict === 'blind' ? null : isThere ? [{ key: 'a', verdict }] : [];
    const next = advance(lives, found, { nowMono: i * 15_000, forMs });
    lives = next.lives;
    return next.effects.map(({ type }) => type).join(' ') || '-';
  });
  return told.join(' ');
}

describe('a row', () => {
  test('is raised at once without a time, and cleared when it is over', () => {
    expect(looks(['holds', 'holds', 'over', 'over'], 0)).toBe('raise raise clear -');
  });

  test('must hold for its time without a break', () => {
    expect(looks(['holds', 'holds', 'holds'], 30_000)).toBe('- - raise');
    expect(looks(['holds', 'holds', 'over', 'holds', 'holds', 'holds'], 30_000)).toBe('- - - - - raise');
  });

  test('rule 1: what is unknown neither advances nor resets', () => {
    expect(looks(['holds', 'holds', 'unknown', 'unknown', 'holds', 'holds'], 30_000)).toBe('- - - - - raise');
    expect(looks(['holds', 'holds', 'blind', 'blind', 'holds', 'holds'], 30_000)).toBe('- - - - - raise');
    expect(looks(['holds', 'unknown', 'blind', 'holds'], 0)).toBe('raise - - raise');
  });

  test('that isn’t there any more is over', () => {
    expect(looks(['holds', 'gone', 'gone'], 0)).toBe('raise clear -');
    expect(looks(['holds', 'gone', 'holds'], 15_000)).toBe('- - -');
  });

  test('rule 14: raised by an earlier run it is known: told again while it holds, and its end at once', () => {
    expect(looks(['unknown', 'holds', 'over'], 60_000, RAISED_BEFORE)).toBe('- raise clear');
    expect(looks(['blind', 'over', 'over'], 60_000, RAISED_BEFORE)).toBe('- clear -');
  });

  test('under other settings keeps what is raised, and counts the rest anew', () => {
    const held: Life = { heldMs: 10, seenMono: 10, isRaised: false };
    const raised: Life = { ...held, isRaised: true };
    const lives = new Map([
      ['a', held],
      ['b', raised],
    ]);
    expect([...underOtherSettings(lives)]).toEqual([['b', RAISED_BEFORE]]);
  });
});

const KEYS = ['a', 'b', 'c'];
const verdict = fc.constantFrom<Verdict | 'gone'>('holds', 'over', 'unknown', 'gone');
/** Null: nothing could be known. */
const look = fc.option(
  fc
    .tuple(verdict, verdict, verdict)
    .map((verdicts) =>
      verdicts.flatMap((each, at) => (each === 'gone' ? [] : [{ key: KEYS[at]!, verdict: each }])),
    ),
);

/** Takes note of what was told of a row, which must be so; only what is raised is cleared. */
function hear({ type, key }: Effect<Found>, found: readonly Found[] | null, raised: Set<string>): void {
  const verdict = found?.find((each) => each.key === key)?.verdict ?? 'over';
  expect(verdict).toBe(type === 'raise' ? 'holds' : 'over');
  if (type === 'raise') raised.add(key);
  else expect(raised.delete(key)).toBe(true);
}

test('rule 14: no row is ever cleared without having been raised, or raised and cleared at once', () => {
  fc.assert(
    fc.property(fc.array(look, { maxLength: 30 }), fc.constantFrom(0, 15_000, 60_000), (all, forMs) => {
      let lives: ReadonlyMap<string, Life> = new Map();
      const raised = new Set<string>();
      for (const [i, found] of all.entries()) {
        const next = advance(lives, found, { nowMono: i * 15_000, forMs });
        lives = next.lives;
        expect(new Set(next.effects.map(({ key }) => key)).size).toBe(next.effects.length);
        for (const effect of next.effects) hear(effect, found, raised);
        const known = [...lives].filter(([, life]) => life.isRaised).map(([key]) => key);
        expect(new Set(known)).toEqual(raised);
      }
    }),
  );
});
