// Why the hub ends a WebSocket: the codes that clients see. 1000 to 1015 are of RFC 6455, the others ours.

/** The hub stops. */
export const GOING_AWAY = 1001;
/** No valid token in time, or the token was withdrawn. */
export const UNAUTHENTICATED = 4401;
/** More waited for the client than it may. */
export const TOO_SLOW = 4408;
