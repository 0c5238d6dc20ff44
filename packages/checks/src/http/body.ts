// Reads the body of an answer, decoded, up to a limit that keeps one that never ends from filling the memory. When a
// body takes too long is for the check's deadline.
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip, createZstdDecompress } from 'node:zlib';

/** No more of a body is read than this, decoded; the rest is left unread and the connection ended. */
export const MAX_BODY_BYTES = 1_048_576;

export interface Body {
  /** Empty when it wasn't to be kept. */
  readonly text: string;
  /** Decoded. */
  readonly bytes: number;
  /** Whether there was more than {@link MAX_BODY_BYTES}. */
  readonly isCut: boolean;
}

/** The body isn't encoded as its header says. */
class BadEncoding extends Error {
  readonly code = 'BAD_ENCODING';
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createUnzip,
  'x-gzip': createUnzip,
  deflate: createUnzip,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** @throws {BadEncoding}, or what Node fails with when the answer breaks off */
export function readBody(response: IncomingMessage, keepsText: boolean): Promise<Body> {
  // What came with the headers may have been enough to fail, with nobody listening yet.
  if (response.errored) return Promise.reject(response.errored);
  return new Promise((resolve, reject) => {
    const source = decoded(response);
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isEmpty = true;
    const finish = () =>
      resolve({
        text: keepsText ? Buffer.concat(chunks).toString('utf8', 0, MAX_BODY_BYTES) : '',
        bytes,
        isCut: bytes > MAX_BODY_BYTES,
      });
    source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (keepsText) chunks.push(chunk);
      if (bytes <= MAX_BODY_BYTES) return;
      source.pause();
      finish();
    });
    // An answer that breaks off says so before its decoder does, and one without a body (to HEAD, say) is no error.
    response.on('error', reject);
    response.once('data', () => {
      isEmpty = false;
    });
    source.on('end', finish).on('error', () => (isEmpty ? finish() : reject(new BadEncoding())));
  });
}

/** Nothing encoded was asked for, but some answer so all the same. */
function decoded(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]!() : null;
  if (decoder === null) return response;
  return pipeline(response, decoder, () => {});
}
