// One reply of an SMTP server, of one line or several. Which replies follow each other is the check's.
import type { Dialogue } from '../dialogue/dialogue.ts';
import { line } from '../dialogue/part.ts';

/** `250-` before another line, `250 ` or `250` on the last one. */
const REPLY = /^(\d{3})(?:([ -])|$)/;

/** Reads a whole reply. @returns the texts of its lines, without the code
 *  @throws {UnexpectedAnswer} when it has another code, or is no reply */
export async function readReply(dialogue: Dialogue, code: number, what: string): Promise<readonly Buffer[]> {
  const texts: Buffer[] = [];
  for (;;) {
    const text = await dialogue.read(what, line);
    const parts = REPLY.exec(text.toString('latin1'));
    if (parts === null || Number(parts[1]) !== code) throw dialogue.unexpected(what, text);
    texts.push(text.subarray(4));
    if (parts[2] !== '-') return texts;
  }
}
