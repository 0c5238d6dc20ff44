// One fresh connection of an HTTP check: how far it came, and the certificate that the far side showed. What is
// asked over it is exchange.ts.
import {
  connect as connectTcp,
  isIP,
  type LookupFunction,
  type Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';

/** What is awaited: the name, the connection, the handshake, the answer's headers, its body. */
export type Phase = 'lookup' | 'connect' | 'handshake' | 'answer' | 'body';

interface ConnectionOptions {
  readonly timeoutMs: number;
  readonly lookup: LookupFunction | undefined;
}

/** The far side's certificate isn't trusted; `code` is OpenSSL's or Node's name of the reason. */
export class UntrustedCertificate extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`certificate: ${code}`);
    this.code = code;
  }
}

export class Connection {
  phase: Phase = 'lookup';
  /** End of the certificate's validity, also when it isn't trusted; null without TLS. */
  certificateEndsAt: number | null = null;
  readonly #options: ConnectionOptions;
  #socket: Socket | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects; undici calls it. */
  readonly open: buildConnector.connector = (target, callback) => {
    const isTls = target.protocol === 'https:';
    const socket = isTls ? this.#openTls(target) : connectTcp(this.#tcpOptions(target));
    this.#socket = socket;
    this.phase = isIP(target.hostname) === 0 ? 'lookup' : 'connect';
    let settle: (error: Error | null) => void = (error) => {
      settle = () => {};
      if (error !== null) return callback(error, null);
      this.phase = 'answer';
      callback(null, socket);
    };
    socket
      .setNoDelay(true)
      .on('lookup', () => {
        this.phase = 'connect';
      })
      .once('connect', () => {
        this.phase = 'handshake';
        if (!isTls) settle(null);
      })
      .once('secureConnect', () => settle(this.#judgeCertificate(socket as TLSSocket)))
      .on('error', (error) => settle(error));
  };

  /** Ends the connection, however far it came. */
  close(): void {
    this.#socket?.destroy();
  }

  #openTls(target: buildConnector.Options): TLSSocket {
    const name = target.servername ?? target.hostname;
    return connectTls({
      ...this.#tcpOptions(target),
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ALPNProtocols: ['http/1.1'],
      // Refused by us below, before anything is sent: only so can an untrusted certificate's end be read. Sessions
      // aren't kept either, since a resumed one would show the certificate of an earlier day.
      rejectUnauthorized: false,
    });
  }

  #tcpOptions({ hostname, port, protocol }: buildConnector.Options): TcpNetConnectOpts {
    const { lookup, timeoutMs } = this.#options;
    return {
      host: hostname,
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      // Node gives all but the last address of a name a quarter of a second each, too little for a far one.
      autoSelectFamilyAttemptTimeout: Math.max(250, Math.round(timeoutMs / 4)),
      ...(lookup === undefined ? {} : { lookup }),
    };
  }

  #judgeCertificate(socket: TLSSocket): Error | null {
    const endsAt = Date.parse(socket.getPeerCertificate().valid_to);
    if (!Number.isNaN(endsAt)) this.certificateEndsAt = endsAt;
    if (socket.authorized) return null;
    // Declared as an Error, but Node sets the code as text.
    return new UntrustedCertificate(String(socket.authorizationError));
  }
}
