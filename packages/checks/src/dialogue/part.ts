// Parts that a conversation is read in: a value and the bytes it took. Protocols with parts of their own make them
// beside their check.

export interface Part<Value> {
  readonly value: Value;
  readonly length: number;
}

/** Reads a part off what has come; undefined when it isn't whole yet. `isAll`: nothing more will come. */
export type Reader<Value> = (received: Buffer, isAll: boolean) => Part<Value> | undefined;

/** A line without its CR LF or LF. */
export const line: Reader<Buffer> = (received) => {
  const end = received.indexOf('\n');
  if (end === -1) return undefined;
  const hasCarriageReturn = received[end - 1] === 0x0d;
  // A copy: reading on writes over what was taken.
  return { value: Buffer.from(received.subarray(0, hasCarriageReturn ? end - 1 : end)), length: end + 1 };
};
