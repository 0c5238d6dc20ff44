// An exporter as the API shows it. What it shows itself is in the series; scraping is for collection.
import type { ExporterView } from '../../collect/public.ts';
import { formatTimeOrNull } from '../time.ts';
import { roundedMs } from './rounded.ts';

/** @param refusedSeries beyond the limit of a target */
export function exporterJson(exporter: ExporterView, refusedSeries: number) {
  return {
    name: exporter.name,
    target_id: exporter.id,
    url: exporter.url,
    health_status: exporter.health,
    last_scrape: formatTimeOrNull(exporter.lastPollSuccess),
    samples: exporter.samples,
    duration_ms: roundedMs(exporter.lastPollMs),
    last_error: exporter.lastPollError,
    refused_series: refusedSeries,
    warning: refusedSeries === 0 ? null : warningOf(refusedSeries),
    interval_ms: exporter.intervalMs,
    scrapes: exporter.polls,
    failed: exporter.failedPolls,
    missed: exporter.missedPolls,
    owner: exporter.owner,
  };
}

function warningOf(refusedSeries: number): string {
  return `${refusedSeries} series are left out: it has more than storage.max_series_per_target. Raise it, or drop labels that change all the time.`;
}
