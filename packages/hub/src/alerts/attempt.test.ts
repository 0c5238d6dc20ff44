// One attempt ends in time and without a secret, whatever the notifier does.
import { TestClock } from '@guardia/kernel';
import { describe, expect, it } from 'vitest';
import { ATTEMPT_TIMEOUT_MS, attempt } from './attempt.ts';
import type { Message, Notice } from './notifiers/notifier.ts';
import { held, RecordingNotifier } from './test/notifiers.ts';

const NOTICE = { kind: 'firing', dedupeKey: 'alt_a:firing' } as Notice;
const MESSAGE: Message = { dedupeKey: NOTICE.dedupeKey, notices: [NOTICE] };

function setup() {
  const clock = new TestClock();
  const stop = new AbortController();
  const notifier = new RecordingNotifier();
  return { clock, stop, notifier, start: () => attempt(notifier, MESSAGE, { clock, signal: stop.signal }) };
}

describe('an attempt', () => {
  it('passes on what the notifier says, and leaves no timer', async () => {
    const { clock, notifier, start } = setup();
    notifier.next({ type: 'refused', error: 'no such channel' });
    expect(await start()).toEqual({ type: 'refused', error: 'no such channel' });
    expect(clock.pending).toBe(0);
  });

  it('ends after 15 s, even when the notifier does not give up', async () => {
    const { clock, notifier, start } = setup();
    let signal: AbortSignal | undefined;
    notifier.next((_, given) => {
      signal = given;
      return held().answer();
    });
    const result = start();
    await clock.advance(ATTEMPT_TIMEOUT_MS - 1);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await result).toMatchObject({
      type: 'retry',
      error: expect.stringContaining('no answer within 15 s'),
    });
    expect(signal?.aborted).toBe(true);
  });

  it('is cut when the hub stops', async () => {
    const { stop, notifier, start } = setup();
    notifier.next(held().answer);
    const result = start();
    stop.abort();
    expect(await result).toEqual({ type: 'cut' });
  });

  it('is cut at once when the hub has stopped', async () => {
    const { stop, notifier, start } = setup();
    stop.abort();
    expect(await start()).toEqual({ type: 'cut' });
    expect(notifier.sent).toEqual([]);
  });

  it('keeps only the kind of error when the notifier throws', async () => {
    const { notifier, start } = setup();
    notifier.next(async () => {
      throw new TypeError('fetch failed: https://discord.example/api/webhooks/1/s3cret');
    });
    const result = await start();
    expect(result).toMatchObject({ type: 'retry', error: 'ops: the notifier itself failed with TypeError' });
  });
});
