// What an answer is without, as JSON: whose samples could not be read, of when, and what to do about it. Noticing it is
// left to sample storage.
import type { Gap, TargetId } from '@guardia/model';
import { formatTime } from '../time.ts';

/** Said in one answer; of the others there is the number. */
const MAX_WARNINGS = 20;

const SAID: Readonly<Record<Gap['reason'], { readonly code: string; readonly message: string }>> = {
  'file-missing': {
    code: 'ARCHIVE_FILE_MISSING',
    message: "Files of the archive are gone. Bring back from a backup what the hub's log names.",
  },
  'file-unreadable': {
    code: 'ARCHIVE_FILE_UNREADABLE',
    message: "Files of the archive can't be read. Replace from a backup what the hub's log names.",
  },
  'no-archive': {
    code: 'ARCHIVE_NOT_FOUND',
    message:
      'Samples left for an archive that the hub no longer finds. Name its folder in storage.archive.path.',
  },
};

/** `warnings`, and `more_warnings` where there are more than 20; nothing when all could be read. */
export function warningsJson(gaps: readonly Gap[] = [], nameOf: (id: TargetId) => string) {
  if (gaps.length === 0) return {};
  const warnings = gaps.slice(0, MAX_WARNINGS).map(({ targetId, start, end, reason }) => ({
    ...SAID[reason],
    target: nameOf(targetId),
    target_id: targetId,
    start: formatTime(start),
    end: formatTime(end),
  }));
  const more = gaps.length - warnings.length;
  return { warnings, ...(more > 0 && { more_warnings: more }) };
}
