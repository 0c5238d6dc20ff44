// The frame: everything one poll of one target said, at one time. It is what collectors produce, series store
// and alert rules read; how it is stored is the series package's business.
import type { EpochMs, TargetId } from './ids.ts';

/** Name of one series of a target: `memory.used_bytes`, or with labels in name order and escaped values,
 *  `disk.used_bytes{mount="/"}`. */
export type SampleKey = string;

/** The sample keys of a frame, in order. One object is shared by all frames of a target while its keys stay
 *  the same, so that storage can intern it by identity. */
export interface FrameLayout {
  readonly keys: readonly SampleKey[];
}

/** All samples of one poll. `values[i]` belongs to `layout.keys[i]`; NaN is "no reading". */
export interface Frame {
  readonly targetId: TargetId;
  readonly at: EpochMs;
  readonly layout: FrameLayout;
  readonly values: Float64Array;
}

/** Writes a sample key. Label names are sorted; `\`, `"` and line feeds in values are escaped as in the
 *  Prometheus text format. */
export function sampleKey(name: string, labels?: Readonly<Record<string, string>>): SampleKey {
  if (labels === undefined) return name;
  const parts = Object.keys(labels)
    .sort()
    .map((label) => `${label}="${escapeLabel(labels[label]!)}"`);
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`;
}

/** Reads the metric name of a sample key: the part before the labels. */
export function metricName(key: SampleKey): string {
  const brace = key.indexOf('{');
  return brace === -1 ? key : key.slice(0, brace);
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
