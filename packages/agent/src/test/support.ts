// What the agent's tests share: a clock that stands still until moved, readings of a fixture machine, and a
// minimal HTTP client. Nothing here keeps state between tests.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { AgentClock } from '../clock.ts';
import type { StatFs } from '../linux/file-systems.ts';
import { LinuxReadings } from '../linux/linux-readings.ts';

export class ManualClock implements AgentClock {
  #monoMs = 5000;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  wall(): number {
    return Date.UTC(2026, 0, 2, 3, 4, 5) + this.#monoMs;
  }

  mono(): number {
    return this.#monoMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { atMs: this.#monoMs + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    this.#monoMs += ms;
    const due = this.#timers.filter((timer) => timer.atMs <= this.#monoMs);
    this.#timers = this.#timers.filter((timer) => timer.atMs > this.#monoMs);
    for (const timer of due) timer.callback();
  }
}

/** 1000 blocks of 4 KiB, 400 free, 300 of them for everyone; 100 inodes, 60 free. */
export const STATFS: StatFs = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 100, ffree: 60 };

export function fixtureRoot(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
}

/** Readings of a machine under fixtures/, whose file systems all answer STATFS at once. */
export function fixtureReadings(name: string, clock = new ManualClock()): LinuxReadings {
  const statfs = { statfsSync: () => STATFS, statfs: () => Promise.resolve(STATFS) };
  return new LinuxReadings({ clock, root: fixtureRoot(name), statfs });
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Question {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body: sentBody = '' }: Question = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
    sent.once('error', reject).once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    sent.end(sentBody);
  });
}
