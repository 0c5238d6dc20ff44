// What observers are told after it happened: the WebSocket, the time line, event-triggered work.
import type { Alert, Delivery } from './alert.ts';
import type { CheckOutcome } from './check.ts';
import type { AlertMatch } from './config/hub-config.ts';
import type { Frame } from './frame.ts';
import type { EpochMs, TargetId } from './ids.ts';
import type { Silence } from './silence.ts';

/** Health of a server or an exporter as its collector sees it. `stale`: no data for three intervals though the last poll was
 *  not refused; `down`: unreachable; `unknown`: not polled yet. */
export type ServerHealth = 'up' | 'down' | 'stale' | 'unknown';

interface EventBase {
  readonly at: EpochMs;
}

export interface MetricEvent extends EventBase {
  readonly type: 'metric';
  readonly targetId: TargetId;
  readonly frame: Frame;
}

export interface ServerEvent extends EventBase {
  readonly type: 'server';
  readonly targetId: TargetId;
  readonly health: ServerHealth;
  readonly message: string | null;
}

/** As {@link ServerEvent}, of an exporter. */
export interface ExporterEvent extends EventBase {
  readonly type: 'exporter';
  readonly targetId: TargetId;
  readonly health: ServerHealth;
  readonly message: string | null;
}

export interface ServiceCheckEvent extends EventBase {
  readonly type: 'service_check';
  readonly targetId: TargetId;
  readonly outcome: CheckOutcome;
}

/** Something that a target says of itself in words has changed: its kernel, its host name. Null: not said. */
export interface FactEvent extends EventBase {
  readonly type: 'fact';
  readonly targetId: TargetId;
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface AlertEvent extends EventBase {
  readonly type: 'alert';
  readonly targetId: TargetId;
  readonly alert: Alert;
}

export interface DeliveryEvent extends EventBase {
  readonly type: 'delivery';
  readonly targetId: TargetId;
  readonly delivery: Delivery;
}

/** A silence or a mute was made, began later than it was made, or ended. */
export interface SilenceEvent extends EventBase {
  readonly type: 'silence';
  readonly what: 'made' | 'began' | 'ended';
  /** Who made or ended it; null: its time came. */
  readonly by: string | null;
  readonly silence: Silence;
}

/** Work that the configuration plans began or ended. */
export interface MaintenanceEvent extends EventBase {
  readonly type: 'maintenance';
  readonly what: 'began' | 'ended';
  readonly name: string;
  readonly match: AlertMatch;
}

/** Something of the hub itself: an actor crashed, the configuration was reloaded, the wall clock jumped. */
export interface ActorEvent extends EventBase {
  readonly type: 'actor';
  readonly path: string;
  readonly what: 'crashed' | 'restarted' | 'reloaded' | 'clock_jumped';
  readonly message: string;
}

export type HubEvent =
  | MetricEvent
  | ServerEvent
  | ExporterEvent
  | ServiceCheckEvent
  | FactEvent
  | AlertEvent
  | DeliveryEvent
  | SilenceEvent
  | MaintenanceEvent
  | ActorEvent;
