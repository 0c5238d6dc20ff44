// Which addresses are link-local or hand out a machine's credentials to whoever asks from it, in all their spellings. That
// checks don't reach them is left to the guard of checks, and that none is configured to the configuration.
import { BlockList, isIP, isIPv6 } from 'node:net';
import { ipv4Among } from './ipv4-among-ipv6.ts';

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

/** Whether an IP address is link-local or a metadata service's, in whichever of its spellings. */
export function isRefusedAddress(address: string): boolean {
  const [ip] = address.split('%', 1) as [string];
  if (isIPv6(ip)) return refused.check(ip, 'ipv6') || ipv4Among(ip).some(isRefusedAddress);
  return isIP(ip) !== 0 && refused.check(ip, 'ipv4');
}

/** The address that a host is, in its usual spelling, also of `0xa9fea9fe`, `169.254.43518` or `[::ffff:a9fe:a9fe]`; null
 *  for a name. */
export function literalAddress(host: string): string | null {
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
