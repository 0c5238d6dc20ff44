// What the last check of each service measured, as metrics with blackbox_exporter's names, so that dashboards and rules
// made for those work. Measuring is for the checks.
import { parseSampleKey } from '@guardia/model';
import type { ServiceView } from '../../services/public.ts';
import type { Family, Sample } from './exposition.ts';

/** One family per name, with a sample per service; `service` and `type` are among the labels. */
export function serviceFamilies(services: readonly ServiceView[]): Family[] {
  const byName = Map.groupBy(services.flatMap(samplesOf), ({ metric }) => metric);
  return [...byName].map(([name, samples]) => ({ name, type: 'gauge', help: helpOf(name), samples }));
}

function samplesOf({ name, type, readings }: ServiceView): (Sample & { readonly metric: string })[] {
  return Object.entries(readings).map(([key, value]) => {
    const { metric, labels } = parseSampleKey(key);
    return { metric, labels: { ...labels, service: name, type }, value };
  });
}

const HELP: Readonly<Record<string, string>> = {
  probe_success: "Whether the service answered the last check; NaN when the monitor can't say.",
  probe_duration_seconds: 'How long the last check took.',
};

function helpOf(name: string): string {
  return HELP[name] ?? 'Measured by the last check of the service.';
}
