// One point of a server's metrics as the API and the event stream show it: four well-known samples under
// names of their own, and all of them by sample key. Storage and averaging are for the series package.
import type { EpochMs, Frame } from '@guardia/model';
import type { FramePoint } from '@guardia/series';
import { formatTime } from '../time.ts';

type Values = Readonly<Record<string, number | null>>;

/** Sample keys behind the fields that have names of their own. */
const CPU = 'cpu.usage';
const MEMORY_USED = 'memory.used_bytes';
const MEMORY_TOTAL = 'memory.total_bytes';
const TEMPERATURE = 'temperature.average_celsius';

export const NAMED_SAMPLES = [CPU, MEMORY_USED, MEMORY_TOTAL, TEMPERATURE] as const;

/** A stored point. `shown` picks what goes into `values`; everything by default. */
export function pointJson(point: FramePoint, shown?: (key: string) => boolean) {
  return withNamedSamples(
    point.at,
    point.values,
    shown === undefined ? point.values : pick(point.values, shown),
  );
}

/** A frame that has just come in. */
export function frameJson(frame: Frame) {
  const values: Record<string, number | null> = {};
  frame.layout.keys.forEach((key, index) => {
    const value = frame.values[index]!;
    values[key] = Number.isFinite(value) ? value : null;
  });
  return withNamedSamples(frame.at, values, values);
}

function withNamedSamples(at: EpochMs, all: Values, values: Values) {
  return {
    timestamp: formatTime(at),
    cpu_avg: all[CPU] ?? null,
    memory_used: all[MEMORY_USED] ?? null,
    memory_total: all[MEMORY_TOTAL] ?? null,
    temp_avg: all[TEMPERATURE] ?? null,
    values,
  };
}

function pick(values: Values, shown: (key: string) => boolean): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => shown(key)));
}
