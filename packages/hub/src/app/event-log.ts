// Writes to the log what an operator looks for there: servers and exporters that go and come back, alerts that begin and end,
// deliveries that fail. Readings and checks aren't logged: they are in the history.
import type { Delivery, HubEvent } from '@guardia/model';
import type { Logger } from 'pino';

/** One line, or none, for an event.
 *  @param nameOf what people call a target */
export function logEvent(log: Logger, event: HubEvent, nameOf: (targetId: string) => string): void {
  switch (event.type) {
    case 'server':
    case 'exporter': {
      const { type, health, message } = event;
      const fields = { [type]: nameOf(event.targetId), health };
      if (health === 'up') log.info(fields, `${type} is up`);
      else log.warn(fields, message ?? `${type} is ${health}`);
      break;
    }
    case 'alert': {
      const { id, severity, state, summary, firedAt } = event.alert;
      const level = state === 'resolved' ? 'info' : 'warn';
      if (firedAt !== null && state !== 'pending') log[level]({ alert: id, severity, state }, summary);
      break;
    }
    case 'delivery':
      logDelivery(log, event.delivery);
      break;
    case 'fact': {
      const { name, before, after } = event;
      log.info({ target: nameOf(event.targetId), fact: name, before, after }, `${name} changed`);
      break;
    }
    case 'metric':
    case 'service_check':
    case 'silence':
    case 'maintenance':
    case 'actor':
      break;
  }
}

function logDelivery(log: Logger, { id, alertId, notifier, state, attempts, lastError }: Delivery): void {
  const fields = { delivery: id, alert: alertId, notifier, attempts };
  if (state === 'dead') log.error(fields, `delivery given up: ${lastError}`);
  else if (state === 'pending' && attempts > 0)
    log.warn(fields, `delivery failed, will try again: ${lastError}`);
}
