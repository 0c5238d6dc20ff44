// Where conditions go that the services domain finds by itself: that the hub is blind, that a budget burns. Grace, state and
// telling are left to alerts.
import type { RaisedCondition, RaisedKey } from '../alerts/public.ts';

/** Both reject with a GuardiaError when storage refused it. */
export interface Alarm {
  /** Raising again what is raised changes nothing. */
  raise(condition: RaisedCondition): Promise<void>;
  /** Of something that isn't raised it does nothing. */
  clear(key: RaisedKey, summary: string): Promise<void>;
}
