// Messages of PostgreSQL's protocol 3.0, as far as a check needs them: the start-up packet, and reading what comes.
// What the messages say of the server is the check's.
import type { Part } from '../dialogue/part.ts';

const PROTOCOL_3_0 = 196_608;
/** The longest message that a server sends to a client who has asked nothing; a longer one isn't PostgreSQL's. */
const MAX_MESSAGE_BYTES = 30_000;

/** Ends a session properly. */
export const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);

/** Types by their letter. Others don't come before a session is ready. */
const TYPES = {
  R: 'authentication',
  E: 'error',
  Z: 'ready',
  // Notices, settings, the key for cancelling, and a lower version of the protocol.
  N: 'other',
  S: 'other',
  K: 'other',
  v: 'other',
} as const;

export interface Message {
  readonly type: (typeof TYPES)[keyof typeof TYPES] | 'garbage';
  readonly body: Buffer;
}

/** Asks for a session as a user in a database. */
export function startup(user: string, database: string): Buffer {
  const settings = Buffer.from(`user\0${user}\0database\0${database}\0application_name\0guardia\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + settings.length, 0);
  head.writeInt32BE(PROTOCOL_3_0, 4);
  return Buffer.concat([head, settings]);
}

/** Reads one message; what can't be one is garbage, with all of it as its body. */
export function message(received: Buffer): Part<Message> | undefined {
  if (received.length === 0) return undefined;
  const type = TYPES[String.fromCharCode(received[0]!) as keyof typeof TYPES];
  const bytes = received.length < 5 ? undefined : received.readInt32BE(1);
  if (type === undefined || !isPlausible(type, bytes)) {
    return { value: { type: 'garbage', body: Buffer.from(received) }, length: received.length };
  }
  if (bytes === undefined || received.length < 1 + bytes) return undefined;
  // A copy: reading on writes over what was taken.
  return { value: { type, body: Buffer.from(received.subarray(5, 1 + bytes)) }, length: 1 + bytes };
}

function isPlausible(type: Message['type'], bytes: number | undefined): boolean {
  if (bytes === undefined) return true;
  return bytes >= (type === 'authentication' ? 8 : 4) && bytes <= MAX_MESSAGE_BYTES;
}

/** Whether an authentication message says that no more is asked. */
export function isAccepted(body: Buffer): boolean {
  return body.readInt32BE(0) === 0;
}

/** The fields of an error by their letter: `C` is the SQLSTATE, `M` the text. */
export function errorFields(body: Buffer): ReadonlyMap<string, string> {
  const fields = body.toString().split('\0').filter(Boolean);
  return new Map(fields.map((field) => [field.slice(0, 1), field.slice(1)]));
}
