import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import type { ExecNotifierConfig } from '@guardia/model';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { groupMessageOf, messageOf, noticeOf } from '../conformance.ts';
import type { Message } from '../notifier.ts';
import { webhookBody } from '../webhook/webhook-body.ts';
import { createExecNotifier } from './exec.ts';

/** A program with a name of its own, its folder, and a notifier that starts it. */
function setup(script: string, given: Partial<ExecNotifierConfig> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-exec-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const command = join(folder, 'tell');
  writeFileSync(command, `#!/bin/sh\ncd '${folder}'\n${script}\n`);
  chmodSync(command, 0o755);
  const clock = new TestClock();
  const config: ExecNotifierConfig = {
    type: 'exec',
    name: 'script',
    groupWaitMs: 0,
    groupBy: [],
    maxPerMinute: null,
    command,
    args: [],
    timeoutMs: 10_000,
    ...given,
  };
  const notifier = createExecNotifier(config, { clock });
  const attempt = new AbortController();
  return {
    folder,
    command,
    clock,
    notifier,
    attempt,
    read: (file: string) => readFileSync(join(folder, file), 'utf8'),
    send: (message: Message = messageOf()) => notifier.send(message, attempt.signal),
  };
}

/** Resolves with the process ids that a program has written into the file `pids`, `count` of them. */
async function pidsOf(read: (file: string) => string, count: number): Promise<number[]> {
  const pids = () => read('pids').trim().split('\n').map(Number);
  await expect.poll(pids).toHaveLength(count);
  return pids();
}

function isRunning(pid: number): boolean {
  try {
    // A zombie has ended; whoever started it has not asked yet.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('rule 19: gives the message as JSON on standard input, and nothing but its own arguments and environment', async () => {
  process.env.GUARDIA_TEST_SECRET = 'hub-secret';
  onTestFinished(() => {
    delete process.env.GUARDIA_TEST_SECRET;
  });
  const { send, read, command } = setup('cat > input; env > env; for arg; do echo "<$arg>"; done > args', {
    args: ['--to', '-', 'on call; rm -rf "$HOME"'],
  });
  const message = groupMessageOf(3);
  expect(await send(message)).toEqual({ type: 'delivered', detail: `${command} ended with 0` });
  expect(read('input')).toBe(webhookBody(message));
  expect(read('args')).toBe('<--to>\n<->\n<on call; rm -rf "$HOME">\n');
  const names = read('env')
    .split('\n')
    .map((line) => line.split('=')[0]);
  // PWD, OLDPWD, SHLVL and _ are the shell's own.
  expect(names.filter((name) => !/^(|PWD|OLDPWD|SHLVL|_)$/.test(name!)).sort()).toEqual([
    'GUARDIA_DEDUPE_KEY',
    'GUARDIA_KIND',
    'LANG',
    'PATH',
  ]);
  expect(read('env')).toContain('GUARDIA_DEDUPE_KEY=grp_abc\n');
  expect(read('env')).toContain('GUARDIA_KIND=firing\n');
});

test('nothing of a message ever becomes an argument', async () => {
  const { send, read } = setup('cat > input; echo "$#" > count', { args: ['one'] });
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      const alert = { summary: text, targetName: text, instance: text };
      const message = messageOf(noticeOf({ notice: { address: text }, alert }));
      expect((await send(message)).type).toBe('delivered');
      expect(read('count')).toBe('1\n');
      expect(JSON.parse(read('input')).alert.summary).toBe(text.toWellFormed());
    }),
    { numRuns: 20 },
  );
});

test.each([
  [1, 'retry'],
  [64, 'refused'],
  [65, 'refused'],
  [75, 'retry'],
  [77, 'refused'],
  [78, 'refused'],
  [126, 'refused'],
  [127, 'refused'],
  [255, 'retry'],
])('exit %i is %s, with what it said', async (code, type) => {
  const { send, command } = setup(`echo 'no route' >&2; exit ${code}`);
  expect(await send()).toMatchObject({ type, error: `${command} ended with ${code}: no route` });
});

test('a program that a signal ends is worth another try', async () => {
  const { send, command } = setup('kill -SEGV $$');
  expect(await send()).toMatchObject({ type: 'retry', error: `${command} was ended by SIGSEGV` });
});

test('a program that reads no input and ends is delivered, however long the message', async () => {
  const { send } = setup('exit 0');
  expect((await send(groupMessageOf(2_000))).type).toBe('delivered');
});

test('what a program leaves in the background delays neither success nor failure for good', async () => {
  const { send, read } = setup('sleep 600 & echo $! >> pids; exit 0');
  expect((await send()).type).toBe('delivered');
  const [pid] = await pidsOf(read, 1);
  expect(isRunning(pid!)).toBe(true);
  process.kill(pid!, 'SIGKILL');

  const failing = setup('sleep 600 & echo $! >> pids; echo $$ >> pids; echo oh >&2; exit 3');
  const sent = failing.send();
  const [left, leader] = await pidsOf(failing.read, 2);
  onTestFinished(() => {
    process.kill(left!, 'SIGKILL');
  });
  await expect.poll(() => existsSync(`/proc/${leader}`)).toBe(false);
  await failing.clock.advance(10_000);
  expect(await sent).toMatchObject({ type: 'retry', error: expect.stringMatching(/ended with 3: oh$/) });
  expect(isRunning(left!)).toBe(true);
});

test('rule 19: quotes the start of its output, on one line, without the arguments', async () => {
  const { send, command } = setup('echo "bad $1"; printf "\\007 %0300d" 0; exit 1', {
    args: ['--token=sUp3r-S3cret'],
  });
  const result = await send();
  expect(result).toHaveProperty('error', expect.stringMatching(/: bad \*{3} 0+$/));
  expect(JSON.stringify(result).length).toBeLessThan(300 + command.length);
});

test('an endless output is read and dropped', async () => {
  const { send } = setup('head -c 3000000 /dev/zero | tr "\\0" x; exit 1');
  const result = await send();
  expect(result.type).toBe('retry');
  expect(JSON.stringify(result).length).toBeLessThan(500);
});

test('after its time it is ended, with all that it started', async () => {
  const { send, read, clock, command } = setup('sleep 600 & echo $! >> pids; echo $$ >> pids; wait');
  const sent = send();
  const pids = await pidsOf(read, 2);
  await clock.advance(9_999);
  expect(pids.every(isRunning)).toBe(true);
  await clock.advance(1);
  expect(await sent).toEqual({
    type: 'retry',
    afterMs: null,
    error: `${command}: had not ended after 10000 ms (timeout), and was ended`,
  });
  await expect.poll(() => pids.some(isRunning)).toBe(false);
  expect(clock.pending).toBe(0);
});

test('a program that ignores the request to end is killed two seconds later', async () => {
  const { send, read, attempt, clock } = setup("trap '' TERM; echo $$ >> pids; while :; do sleep 600; done");
  const sent = send();
  const [pid] = await pidsOf(read, 1);
  attempt.abort();
  await clock.advance(1_999);
  expect(isRunning(pid!)).toBe(true);
  await clock.advance(1);
  expect(await sent).toMatchObject({ type: 'retry', error: expect.stringMatching(/attempt was given up$/) });
  expect(isRunning(pid!)).toBe(false);
});

test('gives up when told, and before it begins', async () => {
  const { send, read, attempt, command } = setup('echo $$ >> pids; exec sleep 600');
  const sent = send();
  await pidsOf(read, 1);
  attempt.abort();
  const gaveUp = {
    type: 'retry',
    afterMs: null,
    error: `${command}: had not ended before the attempt was given up`,
  };
  expect(await sent).toEqual(gaveUp);
  expect(await send()).toEqual(gaveUp);
  expect(read('pids').trim().split('\n')).toHaveLength(1);
});

test('closing ends what still runs', async () => {
  const { send, read, notifier } = setup("trap '' TERM; echo $$ >> pids; while :; do sleep 600; done");
  const sent = send();
  const [pid] = await pidsOf(read, 1);
  await notifier.close();
  expect(isRunning(pid!)).toBe(false);
  expect((await sent).type).toBe('retry');
});

test('closing does not wait for what a program left in the background', async () => {
  const { send, read, notifier } = setup('sleep 600 & echo $! >> pids; echo $$ >> pids; exit 3');
  const sent = send();
  const [left, leader] = await pidsOf(read, 2);
  onTestFinished(() => {
    process.kill(left!, 'SIGKILL');
  });
  await expect.poll(() => existsSync(`/proc/${leader}`)).toBe(false);
  await notifier.close();
  expect(await sent).toMatchObject({ error: expect.stringMatching(/ended with 3$/) });
});

test.each([
  ['is missing', (command: string) => rmSync(command), /there is no such program/],
  ['may not be executed', (command: string) => chmodSync(command, 0o644), /may not be executed/],
  [
    'has no interpreter',
    (command: string) => writeFileSync(command, '#!/no/such/interpreter\n'),
    /interpreter of its first line is missing/,
  ],
])('a program that %s is refused with a clear text', async (_, spoil, text) => {
  const { send, command } = setup('exit 0');
  spoil(command);
  const result = await send();
  expect(result).toMatchObject({ type: 'refused', error: expect.stringMatching(text) });
  expect(result).toHaveProperty('error', expect.stringContaining(command));
});
