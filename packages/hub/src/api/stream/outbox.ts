// What waits to be sent to one WebSocket client, bounded in number and bytes. What is put into it, and what
// happens to a client that is too slow, is for client.ts.
import type { WebSocket } from 'ws';

/** More events than this waiting, and the client is too slow. */
const MAX_WAITING_EVENTS = 256;
/** More bytes than this waiting, and the client is too slow. 1 MiB. */
const MAX_WAITING_BYTES = 1_048_576;
/** What is handed to the socket ahead of its reading; the rest waits here, where it can still be dropped. */
const IN_SOCKET_BYTES = 65_536;

/** A queue in front of a WebSocket. Buffers are shared between clients and never copied. */
export class Outbox {
  readonly #socket: WebSocket;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Sends, or lets wait. False when there is no room; then nothing was taken. */
  offer(message: Buffer): boolean {
    this.#pump();
    const isFull =
      this.#waiting.length >= MAX_WAITING_EVENTS || this.#waitingBytes + message.length > MAX_WAITING_BYTES;
    if (isFull && this.#waiting.length > 0) return false;
    this.#waiting.push(message);
    this.#waitingBytes += message.length;
    this.#pump();
    return true;
  }

  /** Drops what waits and says how many messages that were. */
  clear(): number {
    const dropped = this.#waiting.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return dropped;
  }

  readonly #pump = (): void => {
    while (this.#waiting.length > 0 && this.#socket.bufferedAmount < IN_SOCKET_BYTES) {
      const message = this.#waiting.shift()!;
      this.#waitingBytes -= message.length;
      this.#socket.send(message, { binary: false }, this.#sent);
    }
  };

  /** An error here means that the socket is closing; its own event says so. */
  readonly #sent = (error?: Error | null): void => {
    if (error === undefined || error === null) this.#pump();
  };
}
