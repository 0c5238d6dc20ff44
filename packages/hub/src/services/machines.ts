// Tells machines apart: by address where it is known, so that the names of one machine count as one, and all that are
// this machine too. Looking addresses up is done beside the checks; nobody waits for it.
import { networkInterfaces } from 'node:os';
import type { Clock } from '@guardia/kernel';

/** What this machine is called. */
const SELF = 'localhost';
/** How long an address is believed. Milliseconds. */
const FRESH_MS = 3_600_000;
/** How long this machine's own addresses are. */
const OWN_FRESH_MS = 60_000;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.|localhost$)/;

export interface MachinesOptions {
  readonly clock: Pick<Clock, 'mono'>;
  /** Address of a name; rejects when it isn't found. */
  lookup(name: string): Promise<string>;
}

interface Known {
  readonly address: string | null;
  readonly untilMono: number;
}

export class Machines {
  readonly #options: MachinesOptions;
  readonly #addresses = new Map<string, Known>();
  #own: ReadonlySet<string> = new Set();
  #ownUntilMono = Number.NEGATIVE_INFINITY;

  constructor(options: MachinesOptions) {
    this.#options = options;
  }

  /** The same for all names and addresses of one machine, as far as they are known. */
  keyOf(host: string): string {
    const name = plain(host);
    const address = this.#addresses.get(name)?.address ?? name;
    return LOOPBACK.test(address) || this.#ownAddresses().has(address) ? SELF : address;
  }

  /** Learns the address of a host that answered; once an hour is enough. */
  learn(host: string): void {
    const name = plain(host);
    const { clock, lookup } = this.#options;
    const known = this.#addresses.get(name);
    if (known !== undefined && known.untilMono > clock.mono()) return;
    const untilMono = clock.mono() + FRESH_MS;
    // until the answer is here what was known before holds
    this.#addresses.set(name, { address: known?.address ?? null, untilMono });
    void lookup(name).then(
      (address) => this.#addresses.set(name, { address, untilMono }),
      () => {},
    );
  }

  #ownAddresses(): ReadonlySet<string> {
    const nowMono = this.#options.clock.mono();
    if (nowMono >= this.#ownUntilMono) {
      const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      this.#own = new Set(all.map(({ address }) => address));
      this.#ownUntilMono = nowMono + OWN_FRESH_MS;
    }
    return this.#own;
  }
}

function plain(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
