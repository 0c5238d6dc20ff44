// The SSH check: whether an SSH server names its version, as RFC 4253 (section 4.2) begins every connection. Keys and
// logging in are not tried.
import type { SshCheckSpec } from '@guardia/model';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import { line } from '../dialogue/part.ts';
import { runDialogue } from '../dialogue/run-dialogue.ts';

/** Names a version and awaits the server's. See {@link Check.run}. */
export function runSshCheck(spec: SshCheckSpec, context: CheckContext): Promise<CheckResult> {
  return runDialogue(spec, context, async (dialogue) => {
    // Both sides must; some servers wait for it, and others would log a client that says nothing as an error.
    dialogue.send('SSH-2.0-guardia\r\n');
    const banner = await readBanner(dialogue);
    // 1.99 is a server of version 2 that knows version 1 too.
    if (/^SSH-(2\.0|1\.99)-/.test(banner.toString('latin1'))) return [];
    if (!banner.toString('latin1').startsWith('SSH-1.')) throw dialogue.unexpected('SSH-2.0', banner);
    return [`expected SSH-2.0 of ${dialogue.address}, got ${dialogue.quote(banner)}`];
  });
}

/** The server may say other lines before. */
async function readBanner(dialogue: Dialogue): Promise<Buffer> {
  for (;;) {
    const text = await dialogue.read('an SSH banner', line);
    if (text.subarray(0, 4).toString() === 'SSH-') return text;
  }
}
