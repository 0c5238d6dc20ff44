// The TCP check: whether something accepts connections, and if asked, whether what it says holds a pattern. Connecting
// is the dialogue's, patterns are the model's.
import { compileSearch, type TcpCheckSpec } from '@guardia/model';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import type { Reader } from '../dialogue/part.ts';
import { runDialogue } from '../dialogue/run-dialogue.ts';

/** Bytes that are searched while more may come. A server that sends single bytes would have all of them searched again
 *  each time; beyond this the pattern is looked for once more, at the end. */
const SEARCHED_BYTES = 1_048_576;

/** Connects, sends and reads as the spec has it. See {@link Check.run}. */
export function runTcpCheck(spec: TcpCheckSpec, context: CheckContext): Promise<CheckResult> {
  return runDialogue(spec, context, async (dialogue) => {
    if (spec.send !== null) dialogue.send(spec.send);
    if (spec.expect !== null) return dialogue.read('an answer', answerWith(spec.expect, dialogue));
    await dialogue.flush();
    return [];
  });
}

/** Reads until the pattern is found. When something else came and nothing more will, that is the answer. */
function answerWith(pattern: string, dialogue: Dialogue): Reader<readonly string[]> {
  const isFound = compileSearch(pattern);
  let bytesLeft = SEARCHED_BYTES;
  return (received, isAll) => {
    if (received.length === 0 || (!isAll && received.length > bytesLeft)) return undefined;
    bytesLeft -= received.length;
    if (isFound(received.toString())) return { value: [], length: received.length };
    if (!isAll) return undefined;
    const unmet = `expected an answer with ${pattern} of ${dialogue.address}, got ${dialogue.quote(received)}`;
    return { value: [unmet], length: received.length };
  };
}
