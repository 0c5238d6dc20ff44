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
import type { EpochMs } from '@guardia/model';
import { guardedLookup, guardHost } from '../guard/guard.ts';
import type { UntrustedCertificate } from '../network-failure.ts';
import { certificateFault, chainEndsAt } from '../peer-certificate.ts';
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

export class Connection {
  /** When the certificate ends that was shown, also one that isn't trusted; null without TLS, and before it stands. */
  certificateEndsAt: EpochMs | null = null;
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
        const fault = isTls ? this.#judgeCertificate(socket as TLSSocket, host) : null;
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

  #judgeCertificate(socket: TLSSocket, name: string): UntrustedCertificate | null {
    const own = socket.getPeerX509Certificate();
    this.certificateEndsAt = chainEndsAt(own);
    return certificateFault(socket, name, own);
  }
}

let shared: { readonly trusted: readonly string[]; readonly context: SecureContext } | undefined;

/** One for all connections: making it takes a quarter of a connection's time. Made anew when whom to trust changes. */
function sharedContext(): SecureContext {
  const trusted = getCACertificates('default');
  if (shared?.trusted !== trusted) shared = { trusted, context: createSecureContext() };
  return shared.context;
}
