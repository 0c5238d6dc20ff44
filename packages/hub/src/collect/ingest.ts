// The one way of a frame into the hub: appended to series, judged by alerts, then told to the observers.
// Collectors await it, so that a slow disk slows polling instead of losing frames.
import type { CheckOutcome, Frame, HubEvent } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { AlertIngest } from '../alerts/public.ts';

export interface IngestParts {
  readonly series: SeriesStore;
  readonly alerts: AlertIngest;
  publish(event: HubEvent): void;
}

/** Resolves when the frame is in the write batch and every alert that it changed is committed.
 *  @throws what series or alerts throw: storage has failed */
export async function ingestFrame(parts: IngestParts, frame: Frame): Promise<void> {
  const stored = parts.series.append(frame);
  await parts.alerts.observe({ type: 'frame', frame });
  if (stored !== undefined) await stored;
  parts.publish({ type: 'metric', at: frame.at, targetId: frame.targetId, frame });
}

/** As {@link ingestFrame}, for the outcome of a check. */
export async function ingestOutcome(parts: IngestParts, outcome: CheckOutcome): Promise<void> {
  const stored = parts.series.appendCheck(outcome);
  await parts.alerts.observe({ type: 'check', outcome });
  if (stored !== undefined) await stored;
}
