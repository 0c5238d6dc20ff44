// Keeps checks from link-local and metadata addresses, which hand out a machine's credentials to whoever asks from
// it; private addresses are what checks are for. Whether a service may reach them all the same is its configuration's.
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isRefusedAddress, literalAddress } from '@guardia/model';

/** The address is one that checks don't reach. The text names the setting that allows it. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
  readonly address: string;
  constructor(address: string) {
    super(
      `${address} is a link-local or metadata address, which checks reach only with allow_link_local: true`,
    );
    this.address = address;
  }
}

/** Wraps a look-up so that refused addresses never come of it. What it answers is what is connected to, so that a name
 *  can't lead elsewhere between looking and connecting; of several addresses the others remain. When none remains it
 *  fails with {@link AddressRefused}. Literal addresses aren't looked up: see {@link guardHost}.
 *  @param options `lookup`: this machine's resolver when not given */
export function guardedLookup(options: {
  readonly allowLinkLocal: boolean;
  readonly lookup?: LookupFunction | undefined;
}): LookupFunction {
  const lookup = options.lookup ?? (systemLookup as LookupFunction);
  if (options.allowLinkLocal) return lookup;
  return (name, lookupOptions, callback) => {
    lookup(name, lookupOptions, (error, found, family) => {
      if (error !== null) return callback(error, found, family);
      const addresses = typeof found === 'string' ? [{ address: found }] : found;
      const first = addresses.find(({ address }) => isRefusedAddress(address));
      if (first === undefined) return callback(null, found, family);
      const allowed =
        typeof found === 'string' ? [] : found.filter(({ address }) => !isRefusedAddress(address));
      if (allowed.length === 0) return callback(new AddressRefused(first.address), []);
      callback(null, allowed);
    });
  };
}

/** Refuses a host that is itself such an address, also as `0xa9fea9fe`, `169.254.43518`, `[::ffff:a9fe:a9fe]` or with a
 *  dot at the end. Names pass: {@link guardedLookup} sees what they lead to.
 *  @throws {AddressRefused} */
export function guardHost(host: string, allowLinkLocal: boolean): void {
  if (allowLinkLocal) return;
  const address = literalAddress(host);
  if (address !== null && isRefusedAddress(address)) throw new AddressRefused(address);
}
