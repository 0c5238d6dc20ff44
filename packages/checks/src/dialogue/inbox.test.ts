import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Inbox, MAX_BYTES } from './inbox.ts';
import { line } from './part.ts';
import { quoted } from './quote.ts';

const chunks = fc.array(fc.uint8Array({ maxLength: 700 }).map((bytes) => Buffer.from(bytes)));

test('what is put in comes out, however it was cut and taken', () => {
  fc.assert(
    fc.property(chunks, fc.array(fc.nat(1_000)), (parts, takes) => {
      const inbox = new Inbox();
      const out: Buffer[] = [];
      for (const [index, part] of parts.entries()) {
        inbox.put(part);
        const taken = Buffer.from(inbox.bytes.subarray(0, takes[index] ?? 0));
        inbox.take(taken.length);
        out.push(taken);
      }
      expect(Buffer.concat([...out, inbox.bytes])).toEqual(Buffer.concat(parts));
    }),
  );
});

test('never holds more than its bound, what was taken included', () => {
  const inbox = new Inbox();
  inbox.put(Buffer.alloc(MAX_BYTES - 1, 'a'));
  inbox.take(MAX_BYTES);
  expect([inbox.bytes.length, inbox.isFull]).toEqual([0, false]);
  inbox.put(Buffer.from('bc'));
  expect([inbox.bytes.toString(), inbox.isFull]).toEqual(['b', true]);
  inbox.put(Buffer.from('d'));
  expect(inbox.bytes.toString()).toBe('b');
});

test('a line ends with LF or CR LF, and is none before', () => {
  expect(line(Buffer.from('half'), false)).toBeUndefined();
  expect(line(Buffer.from('one\r\ntwo\n'), false)).toEqual({ value: Buffer.from('one'), length: 5 });
  expect(line(Buffer.from('\n'), false)).toEqual({ value: Buffer.from(''), length: 1 });
});

test('what is quoted has at most 80 characters, all of them printable', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(quoted(Buffer.from(bytes))).toMatch(/^"[ -~]{0,80}…?"$/);
    }),
  );
  expect(quoted(Buffer.from('\x1b[2Jé\r\n'))).toBe('".[2J.."');
  expect(quoted(Buffer.alloc(81, 'x'))).toBe(`"${'x'.repeat(80)}…"`);
});
