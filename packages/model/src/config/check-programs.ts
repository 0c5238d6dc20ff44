// Warnings about programs that notifiers name and this machine can't start: that would show only when somebody is to be
// told. Starting them is the hub's, which finds them as it is done here, by their absolute paths alone.
import { access, constants, stat } from 'node:fs/promises';
import type { ExecNotifierConfig, HubConfig } from './hub-config.ts';
import { formatPath } from './problem.ts';

const ACCOUNT = 'it may not be executed by the account that this runs as';

/** Why a path can't be followed; anything else is told by its code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program on this machine',
  ENOTDIR: 'there is no such program: a part of its path is no folder',
  EACCES: ACCOUNT,
  ELOOP: 'its path has links that lead in a circle',
};

/** One sentence for each program that can't be started. */
export async function missingPrograms({ notifiers }: Pick<HubConfig, 'notifiers'>): Promise<string[]> {
  const programs = notifiers.filter((notifier) => notifier.type === 'exec');
  const found = await Promise.all(
    programs.map(async (notifier) => warningOf(notifier, await reasonAgainst(notifier.command))),
  );
  return found.flat();
}

function warningOf({ name, command }: ExecNotifierConfig, reason: string | null): string[] {
  if (reason === null) return [];
  const place = formatPath(['alerts', name, 'exec', 'command']);
  const next = 'until that is mended nobody is told by this notifier';
  return [`${place}: value ${JSON.stringify(command)}; ${reason}; ${next}`];
}

/** Null where it can be started. */
async function reasonAgainst(command: string): Promise<string | null> {
  try {
    if (!(await stat(command)).isFile()) return 'it is no file';
    await access(command, constants.X_OK);
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return REASONS[code] ?? `it can't be looked at (${code})`;
  }
}
