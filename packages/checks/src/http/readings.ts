// The readings of an HTTP check under the names of blackbox_exporter. What was not measured has no reading rather than
// a zero.
import type { SampleKey } from '@guardia/model';
import type { HttpAnswer } from './exchange.ts';
import type { Phase, PhaseTimes } from './phase-times.ts';

const PHASE_KEYS: Readonly<Record<Phase, SampleKey>> = {
  resolve: 'probe_http_duration_seconds{phase="resolve"}',
  connect: 'probe_http_duration_seconds{phase="connect"}',
  tls: 'probe_http_duration_seconds{phase="tls"}',
  processing: 'probe_http_duration_seconds{phase="processing"}',
  transfer: 'probe_http_duration_seconds{phase="transfer"}',
};

/** What an attempt measured. */
export interface Measured {
  readonly times: PhaseTimes;
  readonly redirects: number;
  /** Null when no whole answer came. */
  readonly answer: HttpAnswer | null;
  readonly isTls: boolean;
  readonly certificateEndsAt: number | null;
}

export function httpReadings({ times, redirects, answer, isTls, certificateEndsAt }: Measured) {
  const readings: Record<SampleKey, number> = {
    probe_http_redirects: redirects,
    probe_http_ssl: isTls ? 1 : 0,
  };
  for (const phase of Object.keys(times.elapsedMs) as Phase[]) {
    readings[PHASE_KEYS[phase]] = times.elapsedMs[phase]! / 1_000;
  }
  const resolveMs = times.elapsedMs.resolve;
  if (resolveMs !== undefined) readings.probe_dns_lookup_time_seconds = resolveMs / 1_000;
  if (certificateEndsAt !== null)
    readings.probe_ssl_earliest_cert_expiry = Math.floor(certificateEndsAt / 1_000);
  if (answer !== null) addAnswer(readings, answer);
  return readings;
}

function addAnswer(
  readings: Record<SampleKey, number>,
  { status, version, ipProtocol, headers, body }: HttpAnswer,
) {
  readings.probe_http_status_code = status;
  readings.probe_http_version = version;
  readings.probe_ip_protocol = ipProtocol;
  const announcedBytes = Number(headers['content-length']?.[0]);
  if (!Number.isNaN(announcedBytes)) readings.probe_http_content_length = announcedBytes;
  if (!body.isCut) readings.probe_http_uncompressed_body_length = body.bytes;
}
