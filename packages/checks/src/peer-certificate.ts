// What of a far side's certificates every check looks at, trusted or not: when they end, whom they are for, and why they
// aren't trusted. What is left until the end is worth is for reading.ts.
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { EpochMs } from '@guardia/model';
import { UntrustedCertificate } from './network-failure.ts';

/** More of the names is cut: a far side may send any number. */
const MAX_NAMES_CHARACTERS = 200;

/** End of whichever certificate ends first of all that were sent, needed or not, as blackbox_exporter has it; null when
 *  none was. @param own what `getPeerX509Certificate` answered, which a socket tells only once */
export function chainEndsAt(own: X509Certificate | undefined): EpochMs | null {
  const ends: EpochMs[] = [];
  for (let certificate = own; certificate !== undefined; certificate = certificate.issuerCertificate) {
    ends.push(certificate.validToDate.getTime());
  }
  const known = ends.filter((end) => !Number.isNaN(end));
  return known.length === 0 ? null : Math.min(...known);
}

/** Why the certificate isn't trusted, or isn't for this name; null when all is well.
 *  @param own as above */
export function certificateFault(
  { authorized, authorizationError }: TLSSocket,
  name: string,
  own: X509Certificate | undefined,
): UntrustedCertificate | null {
  if (authorized) return null;
  const names = own?.subjectAltName?.replaceAll('IP Address:', '').replaceAll('DNS:', '') ?? '';
  // Declared as an Error, but Node sets the code as text.
  return new UntrustedCertificate(String(authorizationError), name, names.slice(0, MAX_NAMES_CHARACTERS));
}
