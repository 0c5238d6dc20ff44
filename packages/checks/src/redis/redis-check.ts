// The Redis check: PING, after AUTH when there is a password. What the server stores is not looked at.
import type { RedisCheckSpec } from '@guardia/model';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import { line } from '../dialogue/part.ts';
import { runDialogue } from '../dialogue/run-dialogue.ts';

/** The server is there, and doesn't serve just anybody. */
const THERE = new Set(['NOAUTH', 'NOPERM', 'DENIED']);
/** The server is there, and can't serve at the moment. */
const HINDERED = new Set(['LOADING', 'MASTERDOWN', 'BUSY', 'MISCONF', 'ERR max number of clients']);
/** Any other ERR is a complaint about what was said, as something that isn't Redis would have. */
const CODE = /^-(ERR max number of clients|[A-Z]+)/;

/** Logs in when there is a password, and asks for a PONG. See {@link Check.run}. */
export function runRedisCheck(spec: RedisCheckSpec, context: CheckContext): Promise<CheckResult> {
  return runDialogue(spec, context, async (dialogue) => {
    const refusal = spec.password === null ? [] : await logIn(dialogue, spec.user, spec.password);
    if (refusal.length > 0) return refusal;
    dialogue.send(command('PING'));
    const answer = await dialogue.read('+PONG', line);
    return answer.toString('latin1') === '+PONG' ? [] : judge(dialogue, '+PONG', answer);
  });
}

async function logIn(dialogue: Dialogue, user: string | null, password: string): Promise<readonly string[]> {
  dialogue.sendSecret(command('AUTH', ...(user === null ? [] : [user]), password));
  const answer = await dialogue.read('+OK to AUTH', line);
  const text = answer.toString('latin1');
  if (text === '+OK') return [];
  // Older servers have no code for it, and name the command or the password in their own words.
  const isRefused = text.startsWith('-WRONGPASS') || /^-ERR .*(password|AUTH)/i.test(text);
  if (isRefused) return [`expected ${dialogue.address} to accept the password, got a refusal`];
  return judge(dialogue, '+OK to AUTH', answer);
}

/** What an error says of the server. @throws {UnexpectedAnswer} when that is nothing good */
function judge(dialogue: Dialogue, expected: string, answer: Buffer): readonly string[] {
  const code = CODE.exec(answer.toString('latin1'))?.[1] ?? '';
  if (THERE.has(code)) return [];
  if (HINDERED.has(code)) return [`expected ${expected} of ${dialogue.address}, got ${code}`];
  throw dialogue.unexpected(expected, answer);
}

/** As an array of strings, in which no word can be taken for another command. */
function command(...words: readonly string[]): string {
  const strings = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${strings.join('')}`;
}
