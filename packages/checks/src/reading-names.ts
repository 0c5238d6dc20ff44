// All that checks measure, as a table: what comes from a vantage point and isn't here is no reading. Who measures what is
// each check's, and what is said of it docs/checks.md's.

/** Names, and the labels that they have; null: none. */
const READINGS: Readonly<Record<string, RegExp | null>> = {
  probe_dns_answer_rrs: null,
  probe_dns_lookup_time_seconds: null,
  probe_dns_query_succeeded: null,
  probe_docker_container_restarts: null,
  probe_http_content_length: null,
  probe_http_duration_seconds: /^\{phase="(resolve|connect|tls|processing|transfer)"\}$/,
  probe_http_redirects: null,
  probe_http_ssl: null,
  probe_http_status_code: null,
  probe_http_uncompressed_body_length: null,
  probe_http_version: null,
  probe_icmp_duration_seconds: /^\{phase="(resolve|rtt)"\}$/,
  probe_icmp_info: /^\{way="(fping|ping|tcp|none)"\}$/,
  probe_icmp_reply_loss_ratio: null,
  probe_icmp_rtt_max_seconds: null,
  probe_icmp_rtt_min_seconds: null,
  probe_ip_protocol: null,
  probe_ssl_earliest_cert_expiry: null,
  probe_systemd_unit_restarts: null,
  probe_tcp_duration_seconds: /^\{phase="(resolve|connect|tls)"\}$/,
  probe_tls_version_info: /^\{version="(TLS 1(\.[1-3])?|SSLv3)"\}$/,
};

/** Whether a check measures this: `probe_http_duration_seconds{phase="connect"}`. */
export function isReading(key: string): boolean {
  const [name] = key.split('{', 1) as [string];
  const labels = Object.hasOwn(READINGS, name) ? READINGS[name] : undefined;
  if (labels === undefined) return false;
  return labels === null ? key === name : labels.test(key.slice(name.length));
}
