// An exporter as the API shows it. What it shows itself is in the series; scraping is for collection.
import type { ExporterView } from '../../collect/public.ts';
import { formatTimeOrNull } from '../time.ts';
import { roundedMs } from './rounded.ts';

export function exporterJson(exporter: ExporterView) {
  return {
    name: exporter.name,
    target_id: exporter.id,
    url: exporter.url,
    health_status: exporter.health,
    last_scrape: formatTimeOrNull(exporter.lastPollSuccess),
    samples: exporter.samples,
    duration_ms: roundedMs(exporter.lastPollMs),
    last_error: exporter.lastPollError,
    interval_ms: exporter.intervalMs,
    scrapes: exporter.polls,
    failed: exporter.failedPolls,
    missed: exporter.missedPolls,
    owner: exporter.owner,
  };
}
