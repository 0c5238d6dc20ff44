// Somebody who is told: a webhook's receiving end that keeps the bodies it was sent.
import { startFarSide } from '@guardia/testing';

export interface Hook {
  readonly url: string;
  /** Parsed bodies, in the order in which they came. */
  readonly bodies: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

/** Starts one on a free loopback port. */
export async function farSide(): Promise<Hook> {
  const side = await startFarSide();
  return {
    url: `${side.url}/hook`,
    get bodies() {
      return side.requests.map((request) => JSON.parse(request.body) as Record<string, unknown>);
    },
    close: () => side.stop(),
  };
}
