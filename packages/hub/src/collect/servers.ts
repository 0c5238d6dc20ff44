// The servers: collectors that ask agents. What every kind of target has is the fleet's.
import type { ServerConfig } from '@guardia/model';
import { AgentSource, type OnFacts } from './agent/agent-source.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import type { Pending } from './http/exchange.ts';
import { ServerRecord } from './server-record.ts';

export type ServerFleet = Fleet<ServerConfig, ServerRecord>;

/** @param ask asks an agent; given, so that connections are shared
 *  @param onFacts hears what a server says of itself in words, whenever that is new in this run or has changed */
export function createServers(
  options: FleetOptions & { ask(config: ServerConfig): Pending<string>; readonly onFacts: OnFacts },
): ServerFleet {
  return new Fleet(options, {
    record: (id, config: ServerConfig) => new ServerRecord(id, config, options.ports.clock),
    source: (record) => new AgentSource(record, options.ask, options.onFacts),
  });
}
