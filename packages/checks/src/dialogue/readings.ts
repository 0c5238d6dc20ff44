// What a conversation measured, under blackbox_exporter's names and in its units. `probe_tcp_duration_seconds` is ours,
// made as its `probe_http_duration_seconds`; verdicts are the checks'.
import { type SampleKey, sampleKey } from '@guardia/model';
import type { ShownCertificate } from './certificate.ts';
import type { Dialogue } from './dialogue.ts';

/** Phases whose duration is a reading, by the names that the exporter's users know. */
const PHASES = { lookup: 'resolve', connect: 'connect', handshake: 'tls' } as const;

export function readingsOf(dialogue: Dialogue): Readonly<Record<SampleKey, number>> {
  return {
    ...durations(dialogue),
    ...ipProtocol(dialogue),
    ...(dialogue.certificate === null ? {} : ofCertificate(dialogue.certificate)),
  };
}

function durations({ tookMs }: Dialogue): Record<SampleKey, number> {
  const readings: Record<SampleKey, number> = {};
  for (const [phase, name] of Object.entries(PHASES)) {
    const ms = tookMs[phase as keyof typeof PHASES];
    if (ms !== undefined) readings[sampleKey('probe_tcp_duration_seconds', { phase: name })] = ms / 1000;
  }
  if (tookMs.lookup !== undefined) readings.probe_dns_lookup_time_seconds = tookMs.lookup / 1000;
  return readings;
}

/** 4 or 6; none before a connection stands. */
function ipProtocol(dialogue: Dialogue): Record<SampleKey, number> {
  if (dialogue.tookMs.connect === undefined) return {};
  return { probe_ip_protocol: dialogue.socket.remoteFamily === 'IPv6' ? 6 : 4 };
}

function ofCertificate({ endsAt, tlsVersion }: ShownCertificate): Record<SampleKey, number> {
  return {
    ...(endsAt === null ? {} : { probe_ssl_earliest_cert_expiry: endsAt / 1000 }),
    [sampleKey('probe_tls_version_info', { version: tlsVersion })]: 1,
  };
}
