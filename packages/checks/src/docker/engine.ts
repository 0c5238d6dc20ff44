// Asks a container engine over its Unix socket: one bounded GET over a fresh connection. What an answer means is for
// docker-check.ts.
import { request } from 'node:http';

/** An engine tells of one container in some ten kilobytes. */
const MAX_BODY_BYTES = 1_048_576;

export interface EngineAnswer {
  readonly status: number;
  readonly body: string;
}

/** @throws {Error} with the code of the failure: `ENOENT`, `EACCES`, `ECONNREFUSED`, `ABORT_ERR`, ... */
export function askEngine(socketPath: string, path: string, signal: AbortSignal): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, signal, agent: false, headers: { host: 'localhost' } });
    // Without an answer and without an error it may be closed by one that switches to another protocol.
    asked.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    asked.on('error', reject).once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MAX_BODY_BYTES)
          asked.destroy(Object.assign(new Error('too long an answer'), { code: 'TOO_LONG' }));
      });
      response.on('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode!, body: Buffer.concat(chunks).toString() }),
      );
    });
    asked.end();
  });
}
