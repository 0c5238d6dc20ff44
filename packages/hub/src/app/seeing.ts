// What collectors are given: the way of frames and failures into the hub, by way of its sight. While the hub is blind
// the failures of targets say nothing about them.
import type { Clock } from '@guardia/kernel';
import type { TargetId } from '@guardia/model';
import type { CollectorPorts } from '../collect/collector.ts';
import { type IngestParts, ingestFailure, ingestFrame } from '../collect/ingest.ts';
import type { Sight, SightTarget } from '../services/public.ts';
import type { ParentsFirst } from './parents-first.ts';

export interface SeeingOptions {
  readonly clock: Clock;
  readonly ingest: IngestParts;
  readonly sight: Sight;
  /** What makes sure, by this target, that the hub can see; undefined for one that went away. */
  readonly targetOf: (id: TargetId) => SightTarget | undefined;
  readonly parents: Pick<ParentsFirst, 'beforeFailure' | 'passed'>;
}

export function seeingPorts({ clock, ingest, sight, targetOf, parents }: SeeingOptions): CollectorPorts {
  return {
    clock,
    ingest(frame) {
      const target = targetOf(frame.targetId);
      if (target !== undefined) sight.saw(target);
      parents.passed(frame.targetId);
      return ingestFrame(ingest, frame);
    },
    async unreachable(failure) {
      const target = targetOf(failure.targetId);
      const known = target === undefined || (await sight.confirm(target));
      if (known) await parents.beforeFailure(failure.targetId, 'unreachable');
      await ingestFailure(ingest, { ...failure, known });
    },
    publish: (event) => ingest.publish(event),
  };
}

/** `host:port` of a URL, an IPv6 address in brackets. */
export function urlAddress(text: string): string {
  const url = new URL(text);
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
