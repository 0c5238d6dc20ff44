// Has the agents of servers check for services: which server a location means, and with which secret it is asked.
// What is sent and read is the agent client's.
import type { Clock } from '@guardia/kernel';
import { type CheckSpec, GuardiaError, type ServerConfig } from '@guardia/model';
import type { Dispatcher } from 'undici';
import { askAgentToCheck } from '../collect/agent/agent-client.ts';

/** No server has this name any more. */
class UnknownLocation extends GuardiaError {
  readonly code = 'UNKNOWN_LOCATION';
}

export interface ChecksByAgentsOptions {
  readonly connections: Dispatcher;
  readonly clock: Clock;
  /** As configured now. */
  readonly servers: () => readonly ServerConfig[];
}

/** Makes the function that has one location check. Ends early when the signal aborts; rejects with a GuardiaError where
 *  the agent doesn't answer as it should. */
export function checksByAgents({ connections, clock, servers }: ChecksByAgentsOptions) {
  return async (location: string, spec: CheckSpec, signal: AbortSignal): Promise<unknown> => {
    const server = servers().find(({ alias, displayName }) => alias === location || displayName === location);
    if (server === undefined) throw new UnknownLocation(`there is no server ${location} any more`);
    const asked = askAgentToCheck(connections, clock, server, spec);
    const end = () => asked.cancel();
    signal.addEventListener('abort', end);
    try {
      return await asked.reading;
    } finally {
      signal.removeEventListener('abort', end);
    }
  };
}
