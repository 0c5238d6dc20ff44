// What an agent says in words, such as a mount point, made fit to be stored and told. Where an answer has such texts is
// left to samples.ts and facts.ts.
import { storableText } from '../../lib/storable-text.ts';

/** Longest text that is kept, bytes of UTF-8; a path of Linux may have four times as many. */
const MAX_TEXT_BYTES = 1024;
const CUT = '…';
const ROOM = new Uint8Array(MAX_TEXT_BYTES - Buffer.byteLength(CUT));

/** As it can be stored. One beyond 1 KiB is cut and ends with `…`: refusing the whole answer would blind the hub to
 *  everything else that the machine says. */
export function agentText(said: string): string {
  const text = storableText(said);
  if (Buffer.byteLength(text) <= MAX_TEXT_BYTES) return text;
  return text.slice(0, new TextEncoder().encodeInto(text, ROOM).read) + CUT;
}

/** As `agentText`, each another: of equal ones all but the first end with a number, `nvme Composite (2)`. */
export function distinctTexts(said: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return said.map((each) => {
    const text = agentText(each);
    let unique = text;
    while (counts.has(unique)) {
      const count = counts.get(text)! + 1;
      counts.set(text, count);
      unique = `${text} (${count})`;
    }
    counts.set(unique, 1);
    return unique;
  });
}
