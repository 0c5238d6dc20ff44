// Of which target an observation is, and of when. What it means for that target is left to managers/.
import type { EpochMs, TargetId } from '@guardia/model';
import type { Observation } from './public.ts';

export function subject(observation: Observation): { readonly targetId: TargetId; readonly at: EpochMs } {
  switch (observation.type) {
    case 'frame':
      return observation.frame;
    case 'check':
      return observation.outcome;
    case 'unreachable':
      return observation;
    case 'raised':
      return { targetId: observation.condition.targetId, at: observation.at };
    case 'cleared':
      return { targetId: observation.key.targetId, at: observation.at };
  }
}
