// A service and its checks as the API shows them. Deciding what a check amounts to is for service checks.
import type { CheckOutcome } from '@guardia/model';
import type { ServiceView } from '../../services/public.ts';
import { formatTime } from '../time.ts';

export function serviceJson(service: ServiceView) {
  return {
    name: service.name,
    // The word that its checks and its uptime are answered under.
    service_name: service.name,
    target_id: service.id,
    // As the original called it, also where it is an address.
    url: service.address,
    type: service.type,
    status: service.status,
    group: service.group,
    tags: service.tags,
    interval_ms: service.intervalMs,
    slo: service.slo && { target_percentage: service.slo.targetPercent, window_ms: service.slo.windowMs },
    owner: service.owner,
    last_check: service.lastCheck === null ? null : checkJson(service.lastCheck),
    locations: service.located.map(checkJson),
  };
}

export function checkJson(outcome: CheckOutcome) {
  return {
    timestamp: formatTime(outcome.at),
    status: outcome.status,
    response_time_ms: outcome.responseTimeMs,
    http_status_code: outcome.httpStatusCode,
    ssl_expiry_days: outcome.sslExpiryDays,
    error_message: outcome.errorMessage,
    location: outcome.location,
    lateness_ms: outcome.latenessMs,
  };
}
