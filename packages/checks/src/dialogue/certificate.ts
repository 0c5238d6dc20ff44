// What a far side's certificates say once TLS stands, trusted or not. What their ends and issuers are worth is for the
// checks.
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { EpochMs } from '@guardia/model';

export interface ShownCertificate {
  /** End of whichever certificate of the chain ends first; null when none was shown. */
  readonly endsAt: EpochMs | null;
  /** `C=US, O=Some Authority, CN=R1`: who issued the server's own. */
  readonly issuer: string;
  /** `TLS 1.3`. */
  readonly tlsVersion: string;
}

export function shownCertificate(socket: TLSSocket): ShownCertificate {
  const own = socket.getPeerCertificate(true);
  const ends = chainOf(own)
    .map((certificate) => Date.parse(certificate.valid_to))
    .filter((end) => !Number.isNaN(end));
  return {
    endsAt: ends.length === 0 ? null : Math.min(...ends),
    issuer: nameOf(own.issuer ?? {}),
    tlsVersion: (socket.getProtocol() ?? '').replace('TLSv', 'TLS '),
  };
}

/** From the server's own up to the root, which names itself as its issuer. */
function chainOf(own: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let next: DetailedPeerCertificate | undefined = own;
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

function nameOf(issuer: object): string {
  return Object.entries(issuer)
    .map(([field, value]) => `${field}=${value}`)
    .join(', ');
}
