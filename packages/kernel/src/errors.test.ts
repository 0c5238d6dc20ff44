// Tests what programs read from the kernel's errors: whether to try again, and the cause.
// When each of them is raised is tested under conformance/.

import { expect, test } from 'vitest';
import {
  ActorStopped,
  AskTimeout,
  ContextEnded,
  InitFailed,
  type KernelError,
  MailboxFull,
} from './index.ts';

test('only a full mailbox and a reply that is late are worth another try', () => {
  const retryable = (error: KernelError): boolean => error.retryable;
  expect([new MailboxFull('/a', 32), new AskTimeout('/a', 'Get', 10)].map(retryable)).toEqual([true, true]);
  expect([new ActorStopped('/a', 'is stopping'), new ContextEnded('/a')].map(retryable)).toEqual([
    false,
    false,
  ]);
});

test('an error has a cause only when there is one', () => {
  expect(new InitFailed('/a', 'thrown')).toMatchObject({
    name: 'InitFailed',
    path: '/a',
    message: '/a: init failed: thrown',
    cause: 'thrown',
  });
  expect('cause' in new ActorStopped('/a', 'is stopping')).toBe(false);
});
