// A loopback port for a server that can't be told to choose one itself. Starting that server is the test's.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that Linux gives away by itself, 32768 and up: no connection or listener of another test lands there. */
const FIRST = 20_000;
const END = 32_768;

let next = randomInt(FIRST, END);

/** A port of 127.0.0.1 that was free a moment ago, another one with each call. Only a program that asks for this very
 *  number may take it meanwhile.
 *  @throws when every port of its range is taken */
export async function freePort(): Promise<number> {
  for (let tried = FIRST; tried < END; tried += 1) {
    const port = next;
    next = port + 1 < END ? port + 1 : FIRST;
    if (await isFree(port)) return port;
  }
  throw new Error(`every port of 127.0.0.1 from ${FIRST} to ${END - 1} is taken: end some programs`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
