// Tests the machine's clock where a test can without waiting: readings, cancelling, very long delays.
// That actors keep to virtual time in every other test is test-clock.ts's part.

import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from './index.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('reads wall and monotonic time', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_000_000 });
  const sinceMs = systemClock.mono();
  vi.advanceTimersByTime(1500);
  expect(systemClock.wall()).toBe(1_001_500);
  expect(systemClock.mono() - sinceMs).toBe(1500);
});

test('fires once, and not after cancel', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const fired: string[] = [];
  const cancel = systemClock.after(1, () => fired.push('cancelled'));
  cancel();
  cancel();
  systemClock.after(0, () => fired.push('fired'));
  const never = systemClock.after(Number.POSITIVE_INFINITY, () => fired.push('infinite'));
  vi.advanceTimersByTime(100);
  expect(fired).toEqual(['fired']);
  expect(vi.getTimerCount()).toBe(0);
  expect(never).not.toThrow();
});

test('delays beyond what one timer takes are chained', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const days30Ms = 30 * 86_400_000;
  let fired = 0;
  systemClock.after(days30Ms, () => {
    fired += 1;
  });
  const cancel = systemClock.after(days30Ms, () => {
    fired += 100;
  });
  vi.advanceTimersByTime(days30Ms - 1);
  expect(fired).toBe(0);
  cancel();
  vi.advanceTimersByTime(1);
  expect(fired).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('the shortest and the longest single delay are exact', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  for (const ms of [1, 2 ** 31 - 1]) {
    let fired = false;
    systemClock.after(ms, () => {
      fired = true;
    });
    vi.advanceTimersByTime(ms - 1);
    expect(fired).toBe(false);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(true);
  }
});

test('a delay with a fraction never fires early', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  let fired = false;
  systemClock.after(10.4, () => {
    fired = true;
  });
  vi.advanceTimersByTime(10);
  expect(fired).toBe(false);
  vi.advanceTimersByTime(1);
  expect(fired).toBe(true);
});
