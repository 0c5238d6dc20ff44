// When nothing can be written, every notifier is told once, and nobody twice within an hour.
import { TestClock } from '@guardia/kernel';
import { describe, expect, it } from 'vitest';
import { Emergency } from './emergency.ts';
import { held, RecordingNotifier } from './test/notifiers.ts';

function setup(...notifiers: readonly RecordingNotifier[]) {
  const failed: string[] = [];
  const clock = new TestClock();
  const emergency = new Emergency({
    clock,
    notifiers: () => notifiers,
    failed: (notifier, error) => failed.push(`${notifier}: ${error}`),
  });
  const signal = new AbortController();
  return {
    emergency,
    failed,
    clock,
    stop: () => signal.abort(),
    tell: (error: Error) => emergency.tell(error, signal.signal),
  };
}

const FULL = new Error('Database state.db: database or disk is full.');

describe('the emergency path', () => {
  it('tells each notifier once, however often and for whatever it is called', async () => {
    const [ops, hook] = [new RecordingNotifier('ops'), new RecordingNotifier('hook')];
    const { tell, failed } = setup(ops, hook);
    await Promise.all([tell(FULL), tell(FULL)]);
    await tell(new Error('series'));
    for (const { sent } of [ops, hook]) {
      expect(sent).toHaveLength(1);
      expect(sent[0]).toMatchObject({
        kind: 'firing',
        alert: { severity: 'critical', targetName: 'Guardia' },
      });
      expect(sent[0]!.alert.summary).toContain('database or disk is full');
    }
    expect(failed).toEqual([]);
  });

  it('tells again when storage fails an hour later: it may have been well between', async () => {
    const ops = new RecordingNotifier('ops');
    const { tell, clock } = setup(ops);
    await tell(FULL);
    await clock.advance(3_599_999);
    await tell(FULL);
    expect(ops.sent).toHaveLength(1);
    await clock.advance(1);
    await tell(FULL);
    expect(ops.sent).toHaveLength(2);
  });

  it('does not try again and lets no notifier wait for another', async () => {
    const [slow, busy, good] = ['slow', 'busy', 'good'].map((name) => new RecordingNotifier(name));
    slow!.next(held().answer);
    busy!.next({ type: 'retry', afterMs: null, error: 'busy: 503' });
    const { tell, failed, clock } = setup(slow!, busy!, good!);
    const told = tell(FULL);
    await clock.settle();
    expect(good!.sent).toHaveLength(1);
    await clock.advance(15_000);
    await told;
    expect(failed).toEqual(['busy: busy: 503', expect.stringContaining('slow: slow: no answer')]);
    expect([slow, busy, good].map((notifier) => notifier!.sent.length)).toEqual([1, 1, 1]);
  });

  it('ends with the hub', async () => {
    const slow = new RecordingNotifier('slow');
    slow.next(held().answer);
    const { tell, failed, stop } = setup(slow);
    const told = tell(FULL);
    stop();
    await told;
    expect(failed).toEqual(['slow: stopped before there was an answer']);
  });
});
