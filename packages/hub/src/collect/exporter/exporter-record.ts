// What is known of one exporter in this run, as an ExporterView. What every polled target has is left to TargetRecord.
import type { ExporterConfig } from '@guardia/model';
import type { ExporterView } from '../public.ts';
import { TargetRecord } from '../target-record.ts';
import { shownUrl } from './shown-url.ts';

export class ExporterRecord extends TargetRecord<ExporterConfig> implements ExporterView {
  samples: number | null = null;

  get alias(): string {
    return this.config.name;
  }

  get name(): string {
    return this.config.name;
  }

  get url(): string {
    return shownUrl(this.config.url);
  }
}
