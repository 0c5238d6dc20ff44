// Keeps checks from link-local and metadata addresses, which hand out a machine's credentials to whoever asks from
// it; private addresses are what checks are for. Whether a service may reach them all the same is its configuration's.
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';

/** IPv4 networks that are refused. */
const IPV4: readonly (readonly [network: string, prefixBits: number])[] = [
  // "This network": 0.0.0.0 is this machine itself.
  ['0.0.0.0', 8],
  // Link-local, and the metadata service of most clouds.
  ['169.254.0.0', 16],
  // Metadata: Alibaba, Azure's WireServer, Oracle's classic cloud.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
];

/** IPv6 networks that are refused. */
const IPV6: readonly (readonly [network: string, prefixBits: number])[] = [
  ['::', 128],
  ['fe80::', 10],
  // Metadata: Amazon's, and its credentials for pods; Google's; Scaleway's.
  ['fd00:ec2::254', 128],
  ['fd00:ec2::23', 128],
  ['fd20:ce::254', 128],
  ['fd00:42::42', 128],
];

/** Ways to write an IPv4 address as IPv6, before its 32 bits: mapped, translated, and NAT64, also of a network's own. */
const IPV4_WITHIN_IPV6 = ['::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::'];

const refused = refusedNetworks();

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

/** Whether an IP address is link-local or a metadata service's, in whichever of its spellings. */
function isRefusedAddress(address: string): boolean {
  const [ip] = address.split('%', 1) as [string];
  return isIP(ip) !== 0 && refused.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
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

/** The address that a host is, in its usual spelling; null for a name. */
function literalAddress(host: string): string | null {
  const [bare] = host.replace(/^\[|\]$/g, '').split('%', 1) as [string];
  if (isIP(bare) !== 0) return bare;
  // URLs of the web read every spelling of an IPv4 address as resolvers do.
  const spelled = URL.parse(`http://${bare}/`)?.hostname ?? '';
  return isIP(spelled) === 0 ? null : spelled;
}

function refusedNetworks(): BlockList {
  const list = new BlockList();
  for (const [network, bits] of IPV6) list.addSubnet(network, bits, 'ipv6');
  for (const [network, bits] of IPV4) {
    list.addSubnet(network, bits, 'ipv4');
    for (const before of IPV4_WITHIN_IPV6) list.addSubnet(`${before}${network}`, 96 + bits, 'ipv6');
    list.addSubnet(`2002:${hexadecimal(network)}::`, 16 + bits, 'ipv6');
    // The oldest way, without anything before; there ::1 is loopback, not a host of network 0.
    if (network !== '0.0.0.0') list.addSubnet(`::${network}`, 96 + bits, 'ipv6');
  }
  return list;
}

/** `a9fe:0000` of `169.254.0.0`, as the prefix of 6to4 has it. */
function hexadecimal(network: string): string {
  const digits = network
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('');
  return `${digits.slice(0, 4)}:${digits.slice(4)}`;
}
