// The sentences of the time line about silences, mutes and maintenance.
import type { MaintenanceEvent, Silence, SilenceEvent } from '@guardia/model';
import { expect, test } from 'vitest';
import { maintenanceWords, silenceWords } from './plan-words.ts';

const AT = Date.parse('2026-05-01T12:00Z');
const HOUR_MS = 3_600_000;
const names = { nameOf: (id: string) => ({ srv_web: 'web-1' })[id] ?? id };

function silence(what: SilenceEvent['what'], by: string | null, over: Partial<Silence> = {}): SilenceEvent {
  const base = {
    id: 'sil_1',
    kind: 'silence',
    match: { target: 'web-*' },
    startsAt: AT,
    endsAt: AT + 2 * HOUR_MS,
    author: 'ana',
    reason: 'new disk',
    owner: 'api',
  } as const;
  return { type: 'silence', at: AT, what, by, silence: { ...base, ...over } };
}

const MUTE = { kind: 'mute', match: {}, reason: 'drill' } as const;

test.each<[SilenceEvent, string]>([
  [silence('made', 'ana'), 'ana silenced target web-* until 14:00 UTC: new disk'],
  [
    silence('made', 'ana', { match: { target: 'srv_web', rule: 'disk' }, endsAt: AT + 14 * HOUR_MS }),
    'ana silenced target web-1, rule disk until 2026-05-02 02:00 UTC: new disk',
  ],
  [
    silence('made', 'ana', { startsAt: AT + HOUR_MS }),
    'ana silenced target web-* from 13:00 UTC until 14:00 UTC: new disk',
  ],
  [silence('began', null), 'the silence of target web-* began: new disk'],
  [silence('ended', 'bob'), 'bob ended the silence of target web-*: new disk'],
  [silence('ended', null), 'the silence of target web-* is over: new disk'],
  [silence('made', 'ana', MUTE), 'ana muted all alerts until 14:00 UTC: drill'],
  [silence('ended', 'ana', MUTE), 'ana ended the mute: drill'],
  [silence('ended', null, MUTE), 'the mute is over: drill'],
])('rule 11: %#', (event, words) => {
  expect(silenceWords(event, names)).toBe(words);
});

test.each<[MaintenanceEvent['what'], string]>([
  ['began', 'patch day began: tag web'],
  ['ended', 'patch day is over'],
])('rule 11: maintenance that %s', (what, words) => {
  const event = { type: 'maintenance', at: AT, what, name: 'patch day', match: { tag: 'web' } } as const;
  expect(maintenanceWords(event, names)).toBe(words);
});
