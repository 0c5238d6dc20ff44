// An exporter's configuration for tests: what each test changes stands in it.
import type { ExporterConfig } from '@guardia/model';

export function exporterConfig(over: Partial<ExporterConfig> = {}): ExporterConfig {
  return {
    name: 'node',
    url: 'http://127.0.0.1:9100/metrics',
    intervalMs: 15_000,
    timeoutMs: 5_000,
    bearerToken: null,
    labels: {},
    unreachable: {
      grace: 2,
      alert: [],
      severity: 'critical',
      recoverAfter: 1,
      window: null,
      repeatMs: null,
      escalation: [],
    },
    ...over,
  };
}
