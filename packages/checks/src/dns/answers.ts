// The answers of a resolver in one canonical form per record type, so that what is expected can be compared with what
// came. Which resolver is asked, and what a missing answer means, is for dns-check.ts.
import type { CaaRecord, promises } from 'node:dns';
import { isIPv6, SocketAddress } from 'node:net';
import type { DnsRecordType } from '@guardia/model';

type Resolver = promises.Resolver;

const QUERIES: Readonly<Record<DnsRecordType, (resolver: Resolver, name: string) => Promise<string[]>>> = {
  A: (resolver, name) => resolver.resolve4(name),
  AAAA: (resolver, name) => resolver.resolve6(name),
  CNAME: (resolver, name) => resolver.resolveCname(name),
  MX: async (resolver, name) =>
    (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`),
  NS: (resolver, name) => resolver.resolveNs(name),
  TXT: async (resolver, name) => (await resolver.resolveTxt(name)).map((parts) => parts.join('')),
  SRV: async (resolver, name) =>
    (await resolver.resolveSrv(name)).map(
      (record) => `${record.priority} ${record.weight} ${record.port} ${record.name}`,
    ),
  SOA: async (resolver, name) => {
    const soa = await resolver.resolveSoa(name);
    const times = [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minttl];
    return [`${soa.nsname} ${soa.hostmaster} ${times.join(' ')}`];
  },
  PTR: (resolver, name) => resolver.resolvePtr(name),
  CAA: async (resolver, name) => (await resolver.resolveCaa(name)).map(caaText),
};

/** Asks for the records of a name. @returns each as {@link canonicalAnswer} writes it
 *  @throws what the resolver does, with c-ares' code: `ENOTFOUND`, `ESERVFAIL`, ... */
export async function queryAnswers(resolver: Resolver, type: DnsRecordType, name: string): Promise<string[]> {
  const answers = await QUERIES[type](resolver, name);
  // What stands in a TXT record is its text as it is, quotes included: only people write quotes around it.
  return type === 'TXT' ? answers : answers.map((answer) => canonicalAnswer(type, answer));
}

/** One form for all ways to write an answer: names in lower case without the dot at their end, one space between parts,
 *  IPv6 addresses shortened, quotes taken off. The text of TXT keeps its case; its quoted parts are joined. */
export function canonicalAnswer(type: DnsRecordType, answer: string): string {
  const text = answer.trim();
  if (type === 'TXT') return joinedParts(text);
  const words = text.toLowerCase().replaceAll('"', '').split(/\s+/);
  const canonical = words.map((word) => word.replace(/(?<=.)\.$/, '')).join(' ');
  return isIPv6(canonical) ? new SocketAddress({ address: canonical, family: 'ipv6' }).address : canonical;
}

/** `"v=spf1 " "-all"` as zone files have it: `v=spf1 -all`. Text without such quotes stays. */
function joinedParts(text: string): string {
  if (!/^"[^"]*"(\s*"[^"]*")*$/.test(text)) return text;
  return [...text.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('');
}

/** The tag is the one key beside the flags, and in newer versions of Node the record's type. */
function caaText(record: CaaRecord): string {
  const tag = Object.entries(record).find(([key]) => key !== 'critical' && key !== 'type');
  return [record.critical, ...(tag ?? [])].join(' ');
}
