// The one place that decides whether a request may pass, for HTTP and for the WebSocket alike. It knows
// nothing of routes: they declare what they need (route-access.ts).
import type { IncomingMessage } from 'node:http';
import type { ApiConfig } from '@guardia/model';
import { ApiError } from '../errors.ts';
import { clientAddress, isLoopback, TrustedProxies } from './client-address.ts';
import { hostIsLocal, originIsOwn } from './origin.ts';
import { type Access, allows, type Caller } from './scope.ts';
import { Tokens } from './tokens.ts';

/** The part of the configuration that decides about access. */
export type AccessConfig = Pick<ApiConfig, 'bind' | 'tokens' | 'enableCors' | 'trustedProxies'>;

const LOOPBACK: Caller = { name: 'loopback', scopes: ['admin'] };

/** Access by bearer token; without any token configured, by coming from this machine. */
export class AccessControl {
  readonly #config: AccessConfig;
  readonly #tokens: Tokens;
  readonly #proxies: TrustedProxies;

  constructor(config: AccessConfig) {
    this.#config = config;
    this.#tokens = new Tokens(config.tokens);
    this.#proxies = new TrustedProxies(config.trustedProxies);
  }

  /** Without tokens only this machine may ask. */
  get hasTokens(): boolean {
    return !this.#tokens.none;
  }

  get anyOrigin(): boolean {
    return this.#config.enableCors;
  }

  /** Who asks. Open routes take nobody in particular, and ignore a token that is wrong.
   *  @throws {ApiError} 401 without a valid token, 403 when its scope doesn't suffice or a foreign page is behind it */
  admit(request: IncomingMessage, access: Access): Caller | null {
    try {
      const caller = this.#identify(request, access);
      if (!allows(caller.scopes, access)) throw scopeMissing(caller, access);
      return caller;
    } catch (error) {
      if (access === 'open' && error instanceof ApiError) return null;
      throw error;
    }
  }

  /** Whether a token is known and allows `access`. */
  knowsToken(token: string, access: Access): boolean {
    const caller = this.#tokens.find(token);
    return caller !== undefined && allows(caller.scopes, access);
  }

  /** Whose token this is, for tokens that come otherwise than in the Authorization header.
   *  @throws {ApiError} 401 when nobody's, 403 when it doesn't allow `access` */
  admitToken(token: string, access: Access): Caller {
    const caller = this.#callerOf(token);
    if (!allows(caller.scopes, access)) throw scopeMissing(caller, access);
    return caller;
  }

  #callerOf(token: string): Caller {
    const caller = this.#tokens.find(token);
    if (caller === undefined) throw tokenWrong();
    return caller;
  }

  #identify(request: IncomingMessage, access: Access): Caller {
    if (!this.hasTokens) return this.#identifyLocal(request, access);
    const token = bearerToken(request);
    if (token === null) throw tokenMissing();
    return this.#callerOf(token);
  }

  /** Coming from this machine is a credential that browsers add unasked, so pages from elsewhere are kept out. */
  #identifyLocal(request: IncomingMessage, access: Access): Caller {
    const address = clientAddress(request, this.#proxies);
    if (address === null || !isLoopback(address)) throw noTokensConfigured();
    if (!hostIsLocal(request, this.#config.bind)) throw hostRefused(request);
    const readsOnly = access === 'open' || access === 'read';
    if (!originIsOwn(request) && !(this.#config.enableCors && readsOnly)) throw originRefused(request);
    return LOOPBACK;
  }
}

/** The token of `Authorization: Bearer …`, or null. The scheme's case doesn't matter (RFC 9110, section 11.1). */
export function bearerToken(request: IncomingMessage): string | null {
  return /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** 403 for a page of another origin. */
export function originRefused(request: IncomingMessage): ApiError {
  const value = request.headers.origin ?? '';
  return new ApiError({
    status: 403,
    code: 'ORIGIN_REFUSED',
    message: `Pages of the origin '${value}' may not use this API. Set api.enable_cors to allow every origin.`,
    details: { field: 'Origin', value },
  });
}

function hostRefused(request: IncomingMessage): ApiError {
  const value = request.headers.host ?? '';
  return new ApiError({
    status: 403,
    code: 'HOST_REFUSED',
    message:
      `Without API tokens only requests to localhost are answered, and this one is for the host '${value}'. ` +
      'Ask for localhost, or configure api.tokens.',
    details: { field: 'Host', value },
  });
}

function tokenMissing(): ApiError {
  return new ApiError({
    status: 401,
    code: 'TOKEN_MISSING',
    message:
      'This needs a token. Send the header `Authorization: Bearer <token>` with a token of api.tokens.',
    headers: { 'www-authenticate': 'Bearer realm="guardia"' },
  });
}

function tokenWrong(): ApiError {
  return new ApiError({
    status: 401,
    code: 'TOKEN_WRONG',
    message: 'The token is not one of this hub. Compare it with api.tokens; every character counts.',
    headers: { 'www-authenticate': 'Bearer realm="guardia", error="invalid_token"' },
  });
}

function noTokensConfigured(): ApiError {
  return new ApiError({
    status: 401,
    code: 'TOKEN_MISSING',
    message:
      'No API token is configured, so only this machine itself is answered. ' +
      'Set api.auth_token or api.tokens in the configuration and send `Authorization: Bearer <token>`.',
    headers: { 'www-authenticate': 'Bearer realm="guardia"' },
  });
}

function scopeMissing(caller: Caller, access: Access): ApiError {
  return new ApiError({
    status: 403,
    code: 'SCOPE_MISSING',
    message: `The token '${caller.name}' may not do this: it needs the scope '${access}'.`,
    details: { field: 'scope', value: caller.scopes, limit: access },
    headers: { 'www-authenticate': `Bearer realm="guardia", error="insufficient_scope", scope="${access}"` },
  });
}
