// The PostgreSQL check: asks for a session, up to where the server wants a password. Whether it accepts one, and what it
// stores, is not tried.
import type { PostgresCheckSpec } from '@guardia/model';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import { runDialogue } from '../dialogue/run-dialogue.ts';
import { errorFields, isAccepted, type Message, message, startup, TERMINATE } from './message.ts';

/** Codes of a server that works and doesn't want this client: invalid authorization, no such database, no privilege. */
const THERE = /^(28...|3D000|42501)$/;
const TOO_MANY_CONNECTIONS = '53300';
const ANSWER = 'an answer in the protocol of PostgreSQL';

/** Asks for a session. See {@link Check.run}. */
export function runPostgresCheck(spec: PostgresCheckSpec, context: CheckContext): Promise<CheckResult> {
  return runDialogue(spec, context, async (dialogue) => {
    dialogue.send(startup(spec.user, spec.database));
    for (;;) {
      const unmet = judge(await dialogue.read(ANSWER, message), dialogue);
      if (unmet !== null) return unmet;
    }
  });
}

/** What a message says of the server: expectations that aren't met, or null to read on.
 *  @throws {UnexpectedAnswer} when it isn't there */
function judge({ type, body }: Message, dialogue: Dialogue): readonly string[] | null {
  switch (type) {
    case 'authentication':
      // Leaving at the password is what clients without one do; a Terminate would be an error in the server's log.
      return isAccepted(body) ? null : [];
    case 'ready':
      dialogue.send(TERMINATE);
      return [];
    case 'error':
      return judgeError(body, dialogue);
    case 'other':
      return null;
    case 'garbage':
      throw dialogue.unexpected(ANSWER, body);
  }
}

function judgeError(body: Buffer, dialogue: Dialogue): readonly string[] {
  const fields = errorFields(body);
  const code = fields.get('C') ?? '';
  if (THERE.test(code)) return [];
  const got = Buffer.from(`${code} ${fields.get('M') ?? ''}`);
  if (code !== TOO_MANY_CONNECTIONS) throw dialogue.unexpected('a session', got);
  return [`expected a session of ${dialogue.address}, got ${dialogue.quote(got)}`];
}
