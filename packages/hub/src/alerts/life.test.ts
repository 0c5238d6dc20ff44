// Enumerates every sequence of events up to a depth under several rules, so that what rules 6, 7 and 14 say holds
// "always" or "never" is shown for all of them.
import { describe, expect, test } from 'vitest';
import { INACTIVE, type Life, type LifeEffect, type LifeEvent, type LifeRule, step } from './life.ts';

const EVENTS: readonly LifeEvent[] = ['violation', 'pass', 'unknown', 'rule_changed', 'rule_gone'];
const DEPTH = 8;

const RULES: readonly LifeRule[] = [
  { grace: 0 },
  { grace: 1 },
  { grace: 2, recoverAfter: 3 },
  { grace: 3, recoverAfter: 0 },
  { grace: 5, recoverAfter: 2 },
  { grace: 1, window: { violations: 2, of: 3 }, recoverAfter: 2 },
  { grace: 9, window: { violations: 3, of: 5 } },
  { grace: 2, window: { violations: 1, of: 4 } },
];

/** What the rules say, read off the observations themselves: those since the count began anew. */
interface Told {
  readonly seen: readonly ('violation' | 'pass')[];
  readonly fires: boolean;
}

const NOTHING: Told = { seen: [], fires: false };

function expected({ seen, fires }: Told, event: LifeEvent, rule: LifeRule): Told & { effect: LifeEffect } {
  if (event === 'unknown') return { seen, fires, effect: 'none' };
  const isOpen = fires || isPending(seen, rule);
  const cleared = { ...NOTHING, effect: isOpen ? 'cleared' : 'none' } as const;
  if (event === 'rule_changed') return fires ? { seen, fires, effect: 'none' } : cleared;
  if (event === 'rule_gone') return fires ? { ...NOTHING, effect: 'resolved' } : cleared;
  const next = [...seen, event];
  if (fires) return whileFiring(next, rule);
  if (isEnough(next, rule)) return { seen: [], fires: true, effect: 'fired' };
  return isPending(next, rule) ? { seen: next, fires, effect: 'counted' } : cleared;
}

function whileFiring(next: Told['seen'], rule: LifeRule): Told & { effect: LifeEffect } {
  const latest = next.slice(-Math.max(1, rule.recoverAfter ?? 1));
  const isOver = latest.length >= (rule.recoverAfter ?? 1) && latest.every((one) => one === 'pass');
  if (isOver) return { ...NOTHING, effect: 'resolved' };
  return { seen: next, fires: true, effect: next.slice(-2).includes('pass') ? 'recovering' : 'none' };
}

function isEnough(seen: Told['seen'], { grace, window }: LifeRule): boolean {
  const needed = window?.violations ?? Math.max(1, grace);
  const latest = seen.slice(-(window?.of ?? needed));
  return latest.filter((one) => one === 'violation').length >= needed;
}

function isPending(seen: Told['seen'], { window }: LifeRule): boolean {
  return seen.slice(-(window?.of ?? 1)).includes('violation');
}

/** Walks all sequences; `path` is shared, so that millions of steps cost no memory. */
function walk(rule: LifeRule, visit: (path: readonly string[]) => void): number {
  const path: string[] = [];
  let sequences = 0;
  const go = (life: Life, told: Told): void => {
    sequences += 1;
    if (path.length === DEPTH) visit(path);
    else for (const event of EVENTS) goOn(life, told, event);
  };
  const goOn = (life: Life, told: Told, event: LifeEvent): void => {
    const want = expected(told, event, rule);
    const { life: next, effect } = step(life, event, rule);
    path.push(`${event}:${effect}`);
    const isWanted = want.effect === effect && (next.state === 'firing') === want.fires;
    if (!isWanted) expect.fail(`${JSON.stringify(rule)} ${path.join(' ')}: wanted ${JSON.stringify(want)}`);
    if (effect === 'none' && next !== life) expect.fail(`${path.join(' ')}: changed without an effect`);
    go(next, want);
    path.pop();
  };
  go(INACTIVE, NOTHING);
  return sequences;
}

/** A down is followed by its end, an end preceded by its down. */
function isInOrder(path: readonly string[]): boolean {
  let isDown = false;
  for (const entry of path) {
    if (entry.endsWith(':fired')) {
      if (isDown) return false;
      isDown = true;
    } else if (entry.endsWith(':resolved')) {
      if (!isDown) return false;
      isDown = false;
    }
  }
  return true;
}

function effectsOf(events: readonly LifeEvent[], rule: LifeRule): LifeEffect[] {
  let life = INACTIVE;
  return events.map((event) => {
    const next = step(life, event, rule);
    life = next.life;
    return next.effect;
  });
}

const parse = (letters: string): LifeEvent[] =>
  [...letters].map((letter) => ({ v: 'violation', p: 'pass', u: 'unknown' })[letter] as LifeEvent);

describe('the life of an alert', () => {
  test.each(RULES)(`rules 6, 7, 14: every sequence of ${DEPTH} events, rule %o`, (rule) => {
    const sequences = walk(rule, (path) => {
      if (!isInOrder(path)) expect.fail(`not a down and an end in turn: ${path.join(' ')}`);
    });
    expect(sequences).toBe((5 ** (DEPTH + 1) - 1) / 4);
  });

  test('rule 6: metric alert fired at grace+1: the n-th violation fires, 0 and 1 at once', () => {
    for (const grace of [0, 1, 2, 3, 20]) {
      const effects = effectsOf(Array(25).fill('violation'), { grace });
      expect(effects.indexOf('fired')).toBe(Math.max(1, grace) - 1);
    }
  });

  test('rule 1: UNKNOWN neither advances nor resets', () => {
    expect(effectsOf(parse('vuvuuvv'), { grace: 3 })).toEqual([
      'counted',
      'none',
      'counted',
      'none',
      'none',
      'fired',
      'none',
    ]);
    expect(effectsOf(parse('vpupup'), { grace: 1, recoverAfter: 3 }).at(-1)).toBe('resolved');
  });

  test('rule 7: a violation starts the passes anew, and is no second down', () => {
    expect(effectsOf(parse('vppvppp'), { grace: 1, recoverAfter: 3 })).toEqual([
      'fired',
      'recovering',
      'recovering',
      'recovering',
      'recovering',
      'recovering',
      'resolved',
    ]);
  });

  test('rule 7: 3 of 5 fires with passes between, and forgets what left the window', () => {
    const rule = { grace: 1, window: { violations: 3, of: 5 } };
    expect(effectsOf(parse('vpvpv'), rule).at(-1)).toBe('fired');
    expect(effectsOf(parse('vvpppv'), rule).at(-1)).toBe('counted');
    expect(effectsOf(parse('vppppp'), rule).at(-1)).toBe('cleared');
    expect(effectsOf(parse('vpvpvpvv'), rule).slice(4)).toEqual(['fired', 'resolved', 'counted', 'counted']);
  });

  test('rule 7: the widest window loses no observation', () => {
    const rule = { grace: 1, window: { violations: 2, of: 52 } };
    expect(effectsOf(parse(`v${'p'.repeat(50)}v`), rule).at(-1)).toBe('fired');
    expect(effectsOf(parse(`v${'p'.repeat(51)}v`), rule).at(-1)).toBe('counted');
  });
});
