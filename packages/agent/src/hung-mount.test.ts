// A network file system that never answers, for real: a FUSE mount that nobody serves, in a mount and process
// namespace of its own so that only this agent sees it. Needs root; elsewhere file-systems.test.ts has to do.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AGENT_MAIN, watched } from './test/agent-process.ts';
import { ask } from './test/support.ts';

/** $0 node, $1 program, $2 mount point; descriptor 3 is /dev/fuse, held by nobody who answers. The shell stays
 *  the first process of its namespace, and ends with the agent's exit code. */
const SCRIPT = `mount -i -t fuse.hung -o fd=3,rootmode=40000,user_id=0,group_id=0 nobody "$2" &&
  { "$0" "$1" --addr 127.0.0.1 --port 0 & } && wait $!`;
const UNSHARE = 'unshare';
const NAMESPACE = ['--mount', '--pid', '--fork', '--mount-proc'];

function canMount(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/dev/fuse')) return false;
  try {
    execFileSync(UNSHARE, [...NAMESPACE, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function onlyChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

it.runIf(canMount())('answers beside a mount that hangs, and still stops', async () => {
  const mount = mkdtempSync(join(tmpdir(), 'guardia-hung-'));
  const fuse = openSync('/dev/fuse', 'r+');
  const child = spawn(UNSHARE, [...NAMESPACE, 'sh', '-c', SCRIPT, process.execPath, AGENT_MAIN, mount], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe', fuse],
  });
  const { listening, ended } = watched(child);
  try {
    const disks = JSON.parse((await ask(await listening, '/metrics')).body).disks;
    expect(disks).toContainEqual(
      expect.objectContaining({ mount, fs_type: 'fuse.hung', total: null, used: null }),
    );
    expect(disks).toContainEqual(expect.objectContaining({ mount: '/', total: expect.any(Number) }));
    // An ordinary exit would wait for the thread that hangs, so the agent ends itself: 128 + SIGKILL.
    process.kill(onlyChild(onlyChild(child.pid!)), 'SIGTERM');
    const { code, stderr } = await ended;
    expect(stderr).toContain('stopping on SIGTERM');
    expect(code).toBe(128 + 9);
  } finally {
    if (child.exitCode === null) process.kill(onlyChild(child.pid!), 'SIGKILL');
    await ended;
    closeSync(fuse);
    rmSync(mount, { recursive: true });
  }
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(canMount()).toBe(true);
});
