// The actor that carries events from the event stream to the WebSocket clients, so that the stream has a place in
// the tree of actors and falling behind is told. Clients and their speed are for stream-server.ts.
import type { ActorDef } from '@guardia/kernel';
import type { EventStream, SequencedEvent } from '../../lib/event-stream.ts';
import type { StreamServer } from './stream-server.ts';

export interface StreamActor {
  Broadcast: { readonly event: SequencedEvent };
  TellLagged: { readonly missed: number };
}

/** @param server outlives the actor: a restart loses no client */
export function streamActor(server: StreamServer, { bus }: EventStream): ActorDef<StreamActor, null> {
  return {
    kind: 'stream',
    init: () => null,
    started: (_state, ctx) => {
      ctx.subscribe(bus, {
        onLag: 'skip',
        event: (event) => ({ type: 'Broadcast', event }),
        lag: ({ missed }) => ({ type: 'TellLagged', missed }),
      });
    },
    on: {
      Broadcast: ({ event }) => server.broadcast(event),
      TellLagged: ({ missed }) => server.tellLagged(missed),
    },
  };
}
