// One fresh connection of an HTTP check, to an address that may be checked, and the certificate that the far side
// showed. What is asked over it is exchange.ts's.
import {
  connect as connectTcp,
  isIP,
  type LookupFunction,
  type Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { guardedLookup, guardHost } from '../guard/guard.ts';
import { UntrustedCertificate } from '../network-failure.ts';
import type { PhaseTimes } from './phase-times.ts';

/** What all connections of a check have in common. */
export interface ConnectionOptions {
  readonly timeoutMs: number;
  readonly allowLinkLocal: boolean;
  readonly lookup: LookupFunction | undefined;
  readonly times: PhaseTimes;
  /** Ends the connection, however far it came. */
  readonly signal: AbortSignal;
}

/** Ends of validity, milliseconds since 1970; also of a certificate that isn't trusted. */
export interface CertificateEnds {
  /** The far side's own. */
  readonly ownEndsAt: number;
  /** The earliest of its chain, as far as that is known. */
  readonly earliestEndsAt: number;
}

export class Connection {
  /** Null without TLS, and before it stands. */
  certificate: CertificateEnds | null = null;
  readonly #options: ConnectionOptions;
  #socket: Socket | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects, and checks the certificate before anything is sent.
   *  @throws {AddressRefused} {@link UntrustedCertificate}, what Node's sockets fail with, or what `signal` ended it by */
  open(url: URL): Promise<Socket> {
    const { signal, allowLinkLocal } = this.#options;
    signal.throwIfAborted();
    const host = url.hostname.replace(/^\[|\]$/g, '');
    guardHost(host, allowLinkLocal);
    return new Promise((resolve, reject) => {
      const isTls = url.protocol === 'https:';
      const socket = isTls ? this.#openTls(url, host) : connectTcp(this.#tcpOptions(url, host));
      this.#socket = socket;
      signal.addEventListener('abort', this.#end);
      this.#follow(socket, isTls, host);
      // Its errors have a listener for as long as it lives.
      socket.on('error', reject).once(isTls ? 'secureConnect' : 'connect', () => {
        const fault = isTls ? this.#judgeCertificate(socket as TLSSocket) : null;
        if (fault === null) resolve(socket);
        else reject(fault);
      });
    });
  }

  /** Ends the connection, however far it came; safe twice. */
  close(): void {
    this.#options.signal.removeEventListener('abort', this.#end);
    this.#socket?.destroy();
  }

  readonly #end = () => this.#socket?.destroy(new Error('the check is over'));

  #follow(socket: Socket, isTls: boolean, host: string): void {
    const { times } = this.#options;
    times.enter(isIP(host) === 0 ? 'resolve' : 'connect');
    socket.once('lookup', () => times.enter('connect'));
    if (isTls) socket.once('connect', () => times.enter('tls'));
  }

  #openTls(url: URL, host: string): TLSSocket {
    return connectTls({
      ...this.#tcpOptions(url, host),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['http/1.1'],
      secureContext: sharedContext(),
      // Refused by us below, before anything is sent: only so can an untrusted certificate's end be read. Sessions
      // aren't kept either, since a resumed one would show the certificate of an earlier day.
      rejectUnauthorized: false,
    });
  }

  #tcpOptions({ port, protocol }: URL, host: string): TcpNetConnectOpts {
    const { lookup, timeoutMs, allowLinkLocal } = this.#options;
    return {
      host,
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      noDelay: true,
      // Node gives all but the last address of a name a quarter of a second each, too little for a far one.
      autoSelectFamilyAttemptTimeout: Math.max(250, Math.round(timeoutMs / 4)),
      lookup: guardedLookup({ allowLinkLocal, lookup }),
    };
  }

  #judgeCertificate(socket: TLSSocket): Error | null {
    this.certificate = certificateOf(socket);
    if (socket.authorized) return null;
    // Declared as an Error, but Node sets the code as text.
    return new UntrustedCertificate(String(socket.authorizationError));
  }
}

function certificateOf(socket: TLSSocket): CertificateEnds | null {
  let certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  const ownEndsAt = certificate.validToDate.getTime();
  let earliestEndsAt = ownEndsAt;
  for (; certificate !== undefined; certificate = certificate.issuerCertificate) {
    earliestEndsAt = Math.min(earliestEndsAt, certificate.validToDate.getTime());
  }
  return { ownEndsAt, earliestEndsAt };
}

let shared: { readonly trusted: readonly string[]; readonly context: SecureContext } | undefined;

/** One for all connections: making it takes a quarter of a connection's time. Made anew when whom to trust changes. */
function sharedContext(): SecureContext {
  const trusted = getCACertificates('default');
  if (shared?.trusted !== trusted) shared = { trusted, context: createSecureContext() };
  return shared.context;
}
