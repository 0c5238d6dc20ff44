// The main thread's side of a storage worker: requests and their answers, its death, its end. What the requests
// mean is left to the database that owns the link; the worker's side is worker/serve.ts.
import type { Transferable, Worker } from 'node:worker_threads';
import { DatabaseError } from './errors.ts';
import type { DatabaseErrorCode } from './worker/fault.ts';
import type { Answer, Operations } from './worker/serve.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What a database needs of its worker. */
export interface Link<O extends Operations> {
  /** Asks for one operation; `handed` buffers are moved, not copied. Answers come in the order asked, unless the
   *  worker says otherwise.
   *  @throws {DatabaseError} what the worker refused, that it died, or that it was closed */
  request<K extends keyof O & string>(
    operation: K,
    payload: O[K]['ask'],
    handed?: Transferable[],
  ): Promise<O[K]['answer']>;
  /** Called once when the worker died or the file failed for good; at once when that has happened already. */
  onFailure(listener: (error: Error) => void): void;
  /** Lets the worker answer what it was asked, close its file, and end. Safe twice, and after its death. */
  close(): Promise<void>;
}

/** One worker thread, its requests in flight, and the one failure that ends it. */
export class WorkerLink<O extends Operations> implements Link<O> {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: ((error: Error) => void)[] = [];
  readonly #exited: Promise<void>;
  #nextId = 1;
  #failure: DatabaseError | undefined;
  #closing: Promise<void> | undefined;

  constructor(worker: Worker, path: string) {
    this.#worker = worker;
    this.#path = path;
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('messageerror', (error) => this.#die('its answer could not be read', error));
    worker.on('error', (error) => this.#die('its worker thread failed', error));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', (exitCode) => {
        if (exitCode !== 0 || this.#closing === undefined) this.#die(`its worker thread ended (${exitCode})`);
        this.#rejectWaiting(this.#error('DATABASE_CLOSED', 'it was closed meanwhile'));
        resolve();
      });
    });
  }

  request<K extends keyof O & string>(
    operation: K,
    payload: O[K]['ask'],
    handed: Transferable[] = [],
  ): Promise<O[K]['answer']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing !== undefined) return Promise.reject(this.#error('DATABASE_CLOSED', 'it is closed'));
    return this.#post(operation, payload, handed);
  }

  onFailure(listener: (error: Error) => void): void {
    if (this.#failure !== undefined) listener(this.#failure);
    else this.#listeners.push(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ended = this.#worker.threadId === -1;
    // A file that failed may refuse to close as well: the failure was reported, and the thread ends either way.
    if (!ended) await this.#post('close', undefined, []).catch(() => undefined);
    await this.#exited;
  }

  #post(operation: string, payload: unknown, handed: Transferable[]): Promise<O[string]['answer']> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#worker.postMessage({ id, operation, payload }, handed);
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('value' in answer) {
      waiting?.resolve(answer.value);
      return;
    }
    const error = new DatabaseError(this.#path, answer.fault);
    waiting?.reject(error);
    if (error.fatal) this.#fail(error);
  }

  #die(what: string, cause?: unknown): void {
    const error = this.#error('DATABASE_WORKER_DIED', what, cause);
    this.#rejectWaiting(error);
    this.#fail(error);
  }

  #rejectWaiting(error: DatabaseError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  #fail(error: DatabaseError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const listener of this.#listeners.splice(0)) listener(error);
  }

  #error(code: DatabaseErrorCode, message: string, cause?: unknown): DatabaseError {
    return new DatabaseError(this.#path, { code, message, sqliteCode: null }, { cause });
  }
}
