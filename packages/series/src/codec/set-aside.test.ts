// Tests that a damaged chunk that was set aside neither hides nor harms the sound one before it.
import { expect, test } from 'vitest';
import { decodeChunk, encodeChunk } from './chunk.ts';
import { openChunk, setAside } from './set-aside.ts';
import { samplesOf } from './test/days.ts';

const late = samplesOf('gauge', { count: 3 });
const sound = encodeChunk(late);
const damaged = encodeChunk(samplesOf('gauge'));
damaged[100]! ^= 1;

test('a sound chunk has no damage, and nothing has neither', () => {
  expect(openChunk(sound, decodeChunk)).toEqual({ sound: late });
  expect(openChunk(undefined, decodeChunk)).toEqual({ sound: undefined });
});

test('what is set aside is there as it was, byte by byte', () => {
  expect(openChunk(damaged, decodeChunk)).toMatchObject({ damage: { bytes: damaged, isSetAside: false } });
  const both = setAside(sound, damaged);
  expect(openChunk(both, decodeChunk)).toMatchObject({
    sound: late,
    damage: { bytes: damaged, isSetAside: true, error: { code: 'CORRUPT_CHUNK' } },
  });
  expect(() => decodeChunk(both)).toThrow('checksum');
});

test('damage to any of its bytes is told of, and samples are right or none', () => {
  const both = setAside(sound, damaged);
  for (let at = 0; at < sound.length + 2; at++) {
    const harmed = both.slice();
    harmed[at]! ^= 4;
    const opened = openChunk(harmed, decodeChunk);
    expect(opened.damage).toBeDefined();
    expect(opened.sound).toBeUndefined();
    const again = openChunk(setAside(sound, harmed), decodeChunk);
    expect(again).toMatchObject({ sound: late, damage: { bytes: harmed } });
  }
});
