// What a far side's certificates say once TLS stands, trusted or not. What their ends and issuers are worth is for the
// checks.
import type { TLSSocket } from 'node:tls';
import type { EpochMs } from '@guardia/model';
import type { UntrustedCertificate } from '../network-failure.ts';
import { certificateFault, chainEndsAt } from '../peer-certificate.ts';

export interface ShownCertificate {
  /** As {@link chainEndsAt} has it. */
  readonly endsAt: EpochMs | null;
  /** `C=US, O=Some Authority, CN=R1`: who issued the server's own. */
  readonly issuer: string;
  /** `TLS 1.3`. */
  readonly tlsVersion: string;
  /** As {@link certificateFault} has it. */
  readonly fault: UntrustedCertificate | null;
}

/** @param name whom it must be for */
export function shownCertificate(socket: TLSSocket, name: string): ShownCertificate {
  const own = socket.getPeerX509Certificate();
  return {
    endsAt: chainEndsAt(own),
    issuer: nameOf(own?.toLegacyObject().issuer ?? {}),
    tlsVersion: (socket.getProtocol() ?? '').replace('TLSv', 'TLS '),
    fault: certificateFault(socket, name, own),
  };
}

function nameOf(issuer: object): string {
  return Object.entries(issuer)
    .map(([field, value]) => `${field}=${value}`)
    .join(', ');
}
