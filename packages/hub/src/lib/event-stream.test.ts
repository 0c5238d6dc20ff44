import type { HubEvent } from '@guardia/model';
import { describe, expect, test } from 'vitest';
import { EventStream, type SequencedEvent } from './event-stream.ts';

const AT = 1_767_225_600_000;

function event(message: string): HubEvent {
  return { type: 'actor', at: AT, path: '/hub', what: 'reloaded', message };
}

function messages(events: readonly SequencedEvent[]): string[] {
  return events.map((sequenced) => (sequenced.event.type === 'actor' ? sequenced.event.message : '?'));
}

describe('the event stream', () => {
  test('numbers events one by one from the time of the start', () => {
    const stream = new EventStream(AT);
    const heard: SequencedEvent[] = [];
    stream.listen((sequenced) => heard.push(sequenced));
    expect(stream.seq).toBe(AT * 1000);
    for (const message of ['a', 'b', 'c']) stream.publish(event(message));
    expect(heard.map(({ seq }) => seq - AT * 1000)).toEqual([1, 2, 3]);
    expect(messages(heard)).toEqual(['a', 'b', 'c']);
    expect(stream.seq).toBe(AT * 1000 + 3);
    expect(Number.isSafeInteger(stream.seq)).toBe(true);
  });

  test('goes on above an earlier run, however soon the next one starts', () => {
    const first = new EventStream(AT);
    for (let i = 0; i < 1_000; i += 1) first.publish(event('x'));
    const second = new EventStream(AT + 1);
    second.publish(event('y'));
    expect(second.seq).toBeGreaterThan(first.seq);
  });

  test('tells an observer what comes after it began, until it ends', () => {
    const stream = new EventStream(AT);
    const heard: SequencedEvent[] = [];
    stream.publish(event('before'));
    const stop = stream.listen((sequenced) => heard.push(sequenced));
    stream.publish(event('during'));
    stop();
    stop();
    stream.publish(event('after'));
    expect(messages(heard)).toEqual(['during']);
  });

  test('tells each event once to an observer that publishes in turn', () => {
    const stream = new EventStream(AT);
    const heard: SequencedEvent[] = [];
    stream.listen((sequenced) => {
      heard.push(sequenced);
      if (heard.length === 1) stream.publish(event('echo'));
    });
    stream.publish(event('call'));
    expect(messages(heard)).toEqual(['call', 'echo']);
  });

  test('keeps the newest 256 for those who lag', () => {
    const stream = new EventStream(AT);
    for (let i = 0; i < 300; i += 1) stream.publish(event(String(i)));
    const { bus } = stream;
    expect(bus.nextSeq - bus.oldestSeq).toBe(256);
    expect(messages([bus.at(bus.oldestSeq)!])).toEqual(['44']);
  });
});
