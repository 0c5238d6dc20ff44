// The TLS check: whether the server shows a certificate that is trusted, for its name, of the issuer that is expected,
// and not near its end. Connecting and the handshake are the dialogue's.
import type { TlsCheckSpec } from '@guardia/model';
import type { CheckContext, CheckResult } from '../check.ts';
import { runDialogue } from '../dialogue/run-dialogue.ts';

/** Of an issuer's name; a far side may send any length. */
const MAX_SHOWN_CHARACTERS = 200;

/** Agrees on TLS and says nothing more. See {@link Check.run}. */
export function runTlsCheck(spec: TlsCheckSpec, context: CheckContext): Promise<CheckResult> {
  return runDialogue(spec, context, async (dialogue) => {
    await dialogue.secure(spec.serverName);
    const issuer = dialogue.certificate?.issuer ?? '';
    if (spec.issuer === null || issuer.includes(spec.issuer)) return [];
    const shown = issuer.slice(0, MAX_SHOWN_CHARACTERS);
    return [`expected an issuer of the certificate with "${spec.issuer}", got "${shown}"`];
  });
}
