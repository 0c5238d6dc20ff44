// The exporters: collectors that scrape programs which show their readings as text. What every kind of target has is the
// fleet's.
import type { ExporterConfig } from '@guardia/model';
import { Bytes } from './exporter/bytes.ts';
import { ExporterRecord } from './exporter/exporter-record.ts';
import { type AskExporter, ExporterSource } from './exporter/exporter-source.ts';
import { Fleet, type FleetOptions } from './fleet.ts';

export type ExporterFleet = Fleet<ExporterConfig, ExporterRecord>;

/** @param ask asks an exporter; given, so that connections are shared */
export function createExporters(options: FleetOptions & { readonly ask: AskExporter }): ExporterFleet {
  const { ports, ask } = options;
  const parts = { clock: ports.clock, ask, bytes: new Bytes() };
  return new Fleet(options, {
    record: (id, config: ExporterConfig) => new ExporterRecord(id, config, ports.clock),
    source: (record) => new ExporterSource(record, parts),
  });
}
