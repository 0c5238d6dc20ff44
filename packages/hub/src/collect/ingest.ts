// The one way of a frame into the hub: appended to series, judged by alerts, then told to the observers.
// Collectors await it, so that a slow disk slows polling instead of losing frames.
import type { EpochMs, Frame, HubEvent, TargetId } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { AlertIngest } from '../alerts/public.ts';
import type { Checked } from '../services/public.ts';

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

/** A poll that failed. */
export interface FailedPoll {
  readonly targetId: TargetId;
  readonly at: EpochMs;
  /** Full sentence for people. */
  readonly error: string;
  /** False: it says nothing of the target, as the hub can't see. @default true */
  readonly known?: boolean;
  /** What is known all the same; to alerts it is no proof that the target can be reached. */
  readonly frame: Frame | null;
}

/** As {@link ingestFrame}, for a poll that failed. */
export async function ingestFailure(parts: IngestParts, { frame, ...failure }: FailedPoll): Promise<void> {
  const stored = frame === null ? undefined : parts.series.append(frame);
  await parts.alerts.observe({ type: 'unreachable', ...failure });
  if (stored !== undefined) await stored;
  if (frame !== null) parts.publish({ type: 'metric', at: frame.at, targetId: frame.targetId, frame });
}

/** As {@link ingestFrame}, for a check; telling observers of its outcome is its monitor's. */
export async function ingestOutcome(
  { series, alerts }: IngestParts,
  { outcome, degradedBy, located, frame, isBlind }: Checked,
): Promise<void> {
  const stored = [...located, outcome].map((each) => series.appendCheck(each));
  stored.push(series.append(frame));
  if (!isBlind) await alerts.observe({ type: 'check', outcome, degradedBy });
  await Promise.all(stored);
}
