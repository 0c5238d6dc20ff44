import { expect, test } from 'vitest';
import { Teardown } from './teardown.ts';

function setup() {
  const teardown = new Teardown();
  const closed: string[] = [];
  const step = (name: string, failure?: Error) =>
    teardown.add(name, async () => {
      closed.push(name);
      if (failure !== undefined) throw failure;
    });
  return { teardown, closed, step };
}

test('closes in reverse, one after the other', async () => {
  const { teardown, closed, step } = setup();
  step('first');
  const gate = Promise.withResolvers<void>();
  teardown.add('slow', async () => {
    await gate.promise;
    closed.push('slow');
  });
  step('last');
  const done = teardown.run();
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toEqual(['last']);
  gate.resolve();
  await done;
  expect(closed).toEqual(['last', 'slow', 'first']);
});

test('closes each step once, however often it runs', async () => {
  const { teardown, closed, step } = setup();
  step('only');
  await teardown.run();
  await teardown.run();
  expect(closed).toEqual(['only']);
});

test('lets no failing step keep another from its turn, and names them all', async () => {
  const { teardown, closed, step } = setup();
  const cause = new Error('disk gone');
  step('files', cause);
  step('fine');
  step('sockets', new Error('busy'));
  const error = await teardown.run().then(
    () => null,
    (failure: unknown) => failure,
  );
  expect(closed).toEqual(['sockets', 'fine', 'files']);
  expect(error).toBeInstanceOf(AggregateError);
  expect((error as AggregateError).message).toBe(
    'closing sockets failed: busy; closing files failed: disk gone',
  );
  expect((error as AggregateError).errors[1]).toMatchObject({ cause });
});
