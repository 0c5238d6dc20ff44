// Events as clients of the stream get them, each turned into bytes once however many clients there are. Which
// client gets which is for client.ts.
import type { HubEvent, TargetId } from '@guardia/model';
import type { SequencedEvent } from '../../lib/event-stream.ts';
import { formatTime } from '../time.ts';
import { alertJson, deliveryJson } from '../views/alert.ts';
import { frameJson } from '../views/metric-point.ts';
import { checkJson } from '../views/service.ts';
import { silenceJson } from '../views/silence.ts';

/** What events say about targets besides their id; undefined for one that went away. */
export interface TargetNames {
  /** Alias of a server: `ip:port`. */
  server(id: TargetId): string | undefined;
  /** Name of an exporter. */
  exporter(id: TargetId): string | undefined;
  /** Name of a service. */
  service(id: TargetId): string | undefined;
}

/** One event, and its bytes once somebody wants them. */
export class EncodedEvent {
  readonly event: HubEvent;
  readonly seq: number;
  readonly #names: TargetNames;
  #bytes: Buffer | undefined;

  constructor({ event, seq }: SequencedEvent, names: TargetNames) {
    this.event = event;
    this.seq = seq;
    this.#names = names;
  }

  /** Shared by all clients: nobody may write to it. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(JSON.stringify(this.#json()));
    return this.#bytes;
  }

  #json(): object {
    const { event, seq } = this;
    return { type: event.type, seq, at: formatTime(event.at), ...this.#target(), ...payload(event) };
  }

  #target(): object {
    const { event } = this;
    if (!('targetId' in event)) return {};
    const server = this.#names.server(event.targetId);
    const exporter = server === undefined ? this.#names.exporter(event.targetId) : undefined;
    const service = (server ?? exporter) === undefined ? this.#names.service(event.targetId) : undefined;
    return {
      target_id: event.targetId,
      ...(server !== undefined && { server_id: server }),
      ...(exporter !== undefined && { exporter_name: exporter }),
      ...(service !== undefined && { service_name: service }),
    };
  }
}

/** Points and outcomes lie flat beside the name of their target, as in the answers over HTTP; what has an id of its
 *  own is an object of its own. */
function payload(event: HubEvent): object {
  switch (event.type) {
    case 'metric':
      return frameJson(event.frame);
    case 'service_check':
      return checkJson(event.outcome);
    case 'alert':
      return { alert: alertJson(event.alert) };
    case 'delivery':
      return { delivery: deliveryJson(event.delivery) };
    case 'server':
    case 'exporter':
      return { health_status: event.health, message: event.message };
    case 'fact':
      return { fact: { name: event.name, before: event.before, after: event.after } };
    case 'silence':
      return { silence: { what: event.what, by: event.by, ...silenceJson(event.silence) } };
    case 'maintenance':
      return { maintenance: { what: event.what, name: event.name, match: event.match } };
    case 'actor':
      return { actor: { id: event.path, what: event.what, message: event.message } };
  }
}

/** What tells a client that it missed events.
 *  @param exact false when `missed` is the most that it can have been */
export function laggedMessage(missed: number, seq: number, exact = true): Buffer {
  return Buffer.from(JSON.stringify({ type: 'lagged', missed, seq, exact }));
}
