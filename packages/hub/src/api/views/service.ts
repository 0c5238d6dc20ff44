// A service and its checks as the API shows them. Deciding what a check amounts to is for service checks.
import type { CheckOutcome } from '@guardia/model';
import type { ServiceView } from '../../services/public.ts';
import { withoutUserInfo } from '../../lib/url.ts';
import { formatTime } from '../time.ts';

export function serviceJson(service: ServiceView) {
  return {
    name: service.name,
    // The word that its checks and its uptime are answered under.
    service_name: service.name,
    target_id: service.id,
    url: withoutUserInfo(service.url),
    type: service.type,
    status: service.status,
    interval_ms: service.intervalMs,
    owner: service.owner,
    last_check: service.lastCheck === null ? null : checkJson(service.lastCheck),
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
