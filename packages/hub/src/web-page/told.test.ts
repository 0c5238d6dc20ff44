import { describe, expect, it } from 'vitest';

// The page's modules are JavaScript for browsers and have no types.
const { heldText, missingText, toldText } = await import(new URL('told.js', import.meta.url).href);

describe('who was told of an alert', () => {
  const delivery = (notifier: string, state: string, kind = 'firing') => ({ notifier, state, kind });

  it.each([
    [[], [], 'nobody'],
    // nothing was ever to be told, as while it flaps
    [['ops'], [], 'nobody'],
    [['ops', 'hook'], [delivery('ops', 'delivered'), delivery('hook', 'delivered')], 'ops, hook'],
    [['ops', 'hook'], [delivery('ops', 'delivered'), delivery('hook', 'held')], 'ops; held for hook'],
    [['ops', 'hook'], [delivery('ops', 'held'), delivery('hook', 'held')], 'nobody; held for ops, hook'],
    [['ops'], [delivery('ops', 'delivered'), delivery('ops', 'pending', 'reminder')], 'ops'],
    [
      ['a', 'b', 'c', 'd'],
      [delivery('a', 'pending'), delivery('b', 'sending'), delivery('c', 'dead'), delivery('d', 'cancelled')],
      'nobody; on its way to a, b; could not reach c',
    ],
    // the end says nothing of who heard of the beginning
    [['ops'], [delivery('ops', 'cancelled'), delivery('ops', 'delivered', 'resolved')], 'nobody'],
  ])('%j, %j', (notifiers, deliveries, text) => {
    expect(toldText(notifiers, deliveries)).toBe(text);
  });
});

describe('rules 10, 11: why messages wait, of which some may have left before', () => {
  it.each([
    [null, undefined, ''],
    [{ reason: 'parent', by: 'db' }, undefined, 'messages held while db fails, on which it depends'],
    [{ reason: 'parent', by: 'shop' }, undefined, 'messages held while it is down'],
    [{ reason: 'maintenance', by: 'nightly' }, undefined, "messages held during the maintenance 'nightly'"],
    [{ reason: 'mute', by: '' }, undefined, 'messages held while all alerts are muted'],
    [{ reason: 'silence', by: 'sil_1' }, { id: 'sil_1' }, ''],
    [{ reason: 'silence', by: 'sil_1' }, undefined, 'messages held by a silence that is over'],
    [{ reason: 'flapping', by: '' }, undefined, 'it comes and goes too often to tell each time'],
  ])('%j, silenced by %j', (held, silence, text) => {
    expect(heldText({ held, target_name: 'shop' }, silence)).toBe(text);
  });
});

it.each([
  [0, false, ''],
  [150, false, 'Messages left out between the first and the newest: 150.'],
  [0, true, 'More happened than is shown here.'],
  [1, true, 'Messages left out between the first and the newest: 1. More happened than is shown here.'],
])('what is not shown: %j messages, and more: %j', (leftOut, cut, text) => {
  expect(missingText(leftOut, cut)).toBe(text);
});
