// Tests the machine's clock where a test can without waiting: readings, cancelling, very long delays.
// That actors keep to virtual time in every other test is test-clock.ts's part.

import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from './index.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('reads wall and monotonic time', () => {
  expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(60_000);
  const first = systemClock.mono();
  expect(systemClock.mono()).toBeGreaterThanOrEqual(first);
});

test('fires once, and not after cancel', async () => {
  const fired: string[] = [];
  const cancel = systemClock.after(1, () => fired.push('cancelled'));
  cancel();
  cancel();
  await new Promise<void>((resolve) => {
    systemClock.after(0, () => fired.push('fired'));
    systemClock.after(2, resolve);
  });
  expect(fired).toEqual(['fired']);
  const never = systemClock.after(Number.POSITIVE_INFINITY, () => fired.push('infinite'));
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
