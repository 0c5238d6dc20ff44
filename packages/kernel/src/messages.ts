// The types of what actors say to each other: protocols, messages, calls and replies.
// Who receives them (definitions, references) is in types.ts.

/** What a handler of a call returns when it replies later through `ctx.from()`. */
export const NO_REPLY: unique symbol = Symbol('no reply');

declare const CALL: unique symbol;

/**
 * Marks a protocol entry as a message with a reply. It exists for the compiler only; no value has this type.
 *
 * ```ts
 * interface Collector {
 *   PollNow: Call<{ force: boolean }, PollResult>;   // asked, answered
 *   UpdateConfig: { config: ServerConfig };          // told
 * }
 * ```
 */
export interface Call<Req, Res> {
  readonly [CALL]: { readonly req: Req; readonly res: Res };
}

/** A value, or a promise of it. A handler that returns no promise never waits for one. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** The names of a protocol's messages. */
export type Tag<P> = Extract<keyof P, string>;

/** The names of a protocol's calls. */
export type CallTag<P> = { [K in Tag<P>]: P[K] extends Call<unknown, unknown> ? K : never }[Tag<P>];

/** What a message carries besides its `type`. */
export type Payload<P, K extends Tag<P>> = P[K] extends Call<infer Req, unknown> ? Req : P[K];

/** A message of protocol P: `{ type: K }` and its payload. Without K: any message of P. */
export type Msg<P, K extends Tag<P> = Tag<P>> =
  K extends Tag<P> ? { readonly type: K } & Payload<P, K> : never;

/** The type of returning nothing. */
export type Nothing = ReturnType<() => void>;

/** What a call is answered with; nothing for messages without a reply. */
export type Reply<P, K extends Tag<P>> = P[K] extends Call<infer _Req, infer Res> ? Res : Nothing;

/** What a handler may return: nothing for a told message, the reply or NO_REPLY for a call. */
export type Handled<P, K extends Tag<P>> =
  P[K] extends Call<infer _Req, infer Res> ? Res | typeof NO_REPLY : Nothing;

/** Answers one call, now or later. The first answer counts; each later one is counted as a late reply. */
export interface ReplyTo<Res> {
  /** False when the message was told, or its asker has given up. */
  readonly wanted: boolean;
  reply(value: Res): void;
  /** Rejects the ask with this error. The actor goes on. */
  fail(error: unknown): void;
}
