// Conformance items 13 to 16: who starts again when a child ends, in which order, and when nobody does.
// How often is in 17-intensity.test.ts.

import { expect, test } from 'vitest';
import {
  type ActorRef,
  type ChildSpec,
  childOf,
  type ExitReason,
  NameRefused,
  NoSuchChild,
  NotSupervised,
  type SupervisorOptions,
  type SupervisorProtocol,
  startChild,
  supervisor,
} from '../index.ts';
import {
  act,
  block,
  crash,
  forever,
  gate,
  get,
  outcomeOf,
  type Probe,
  type ProbeDef,
  probe,
  setup,
} from './harness.ts';

/** A supervisor with children `a`, `b`, `c` that log how they begin and end. */
async function family(
  options: Partial<SupervisorOptions>,
  overrides: Record<string, Partial<ProbeDef>> = {},
) {
  const bench = setup();
  const events: string[] = [];
  const spec = (id: string, more: Partial<ChildSpec> = {}): ChildSpec => ({
    id,
    name: id,
    start: () =>
      childOf(
        probe([], {
          init: () => {
            events.push(`start ${id}`);
            return { handled: 0 };
          },
          terminate: (reason) => void events.push(`${reason.type} ${id}`),
          ...overrides[id],
        }),
        undefined,
      ),
    ...more,
  });
  const children = options.children ?? ['a', 'b', 'c'].map((id) => spec(id));
  const sup = await bench.system.spawn(supervisor({ ...options, children }), undefined, { name: 'sup' });
  const child = (id: string): ActorRef<Probe> => bench.system.whereIs<Probe>(id)!;
  return { ...bench, events, sup, child, spec };
}

const noWait = { intensity: { max: 100, withinMs: 1000 } };

test('13. one_for_one restarts the child that failed and nobody else', async () => {
  const { clock, child, events } = await family(noWait);
  expect(events.splice(0)).toEqual(['start a', 'start b', 'start c']);
  child('b').tell(crash());
  await clock.settle();
  expect(events).toEqual(['error b', 'start b']);
  expect(['a', 'b', 'c'].map((id) => child(id).incarnation)).toEqual([1, 2, 1]);
});

test('13. a child that hangs in init keeps neither siblings nor questions waiting', async () => {
  let lives = 0;
  const { clock, child, sup } = await family(noWait, {
    a: {
      init: () => {
        lives += 1;
        return lives === 1 ? { handled: 0 } : forever();
      },
    },
  });
  child('a').tell(crash());
  child('b').tell(crash());
  await clock.settle();
  expect(child('b').incarnation).toBe(2);
  const list = await sup.ask({ type: 'WhichChildren' });
  expect(list.map(({ id, state, restarts, kind }) => [id, state, restarts, kind])).toEqual([
    ['a', 'starting', 1, 'probe'],
    ['b', 'running', 1, 'probe'],
    ['c', 'running', 0, 'probe'],
  ]);
  const removed = sup.ask({ type: 'StopChild', id: 'a' }, { timeoutMs: 60_000 });
  await clock.advance(4999);
  expect(child('a').alive).toBe(true);
  await clock.advance(1);
  expect(await removed).toBe(true);
  expect((await sup.ask({ type: 'WhichChildren' })).map(({ id }) => id)).toEqual(['b', 'c']);
});

test('14. one_for_all stops the others in reverse and starts all in order', async () => {
  const { clock, child, events } = await family({ ...noWait, strategy: 'one_for_all' });
  events.length = 0;
  child('b').tell(crash());
  await clock.settle();
  expect(events).toEqual(['error b', 'shutdown c', 'shutdown a', 'start a', 'start b', 'start c']);
  expect(['a', 'b', 'c'].map((id) => child(id).incarnation)).toEqual([2, 2, 2]);
});

test('14. a sibling that hangs is killed at its own deadline', async () => {
  const bench = await family({ ...noWait, strategy: 'one_for_all', children: [] });
  const { clock, child, events, spec, sup } = bench;
  await startChild(sup, spec('a'));
  await startChild(sup, spec('b', { shutdownMs: 200 }));
  const hung = await block(clock, child('b'));
  events.length = 0;
  child('a').tell(crash());
  await clock.advance(199);
  expect(events).toEqual(['error a']);
  await clock.advance(1);
  expect(events).toEqual(['error a', 'start a', 'start b']);
  hung.open();
});

test('14. messages to a sibling wait while the group restarts', async () => {
  const bench = await family({ ...noWait, strategy: 'one_for_all' });
  const { clock, child } = bench;
  const closing = await block(clock, child('c'));
  child('a').tell(crash());
  await clock.settle();
  expect(child('c').tell(act(() => {}))).toBe(true);
  const asked = child('c').ask(get((_ctx, s) => s.handled));
  closing.open();
  expect(await asked).toBe(2);
  expect(child('c').incarnation).toBe(2);
});

test('14. two that fail together are one restart of the group each, and nobody starts twice at once', async () => {
  const { clock, child, events } = await family({ ...noWait, strategy: 'one_for_all' });
  events.length = 0;
  child('a').tell(crash());
  child('b').tell(crash());
  await clock.settle();
  expect(events).toEqual(['error a', 'error b', 'shutdown c', 'start a', 'start b', 'start c']);
});

test('14. a group restarts once at a time: who fails meanwhile is already being helped', async () => {
  const slow = gate();
  let lives = 0;
  const { clock, child, events } = await family(
    { ...noWait, strategy: 'one_for_all' },
    {
      a: {
        init: async () => {
          lives += 1;
          if (lives > 1) await slow.opened;
          return { handled: 0 };
        },
      },
    },
  );
  const blocked = await block(clock, child('b'));
  events.length = 0;
  child('a').tell(crash());
  child('c').tell(crash());
  await clock.settle();
  blocked.open();
  await clock.settle();
  expect([lives, events.filter((event) => event.startsWith('start'))]).toEqual([2, []]);
  slow.open();
  await clock.settle();
  expect(lives).toBe(2);
  expect(events.filter((event) => event.startsWith('start'))).toEqual(['start b', 'start c']);
});

test('14. temporary siblings are stopped and not started again', async () => {
  const bench = await family({ ...noWait, strategy: 'one_for_all', children: [] });
  const { clock, child, events, spec, sup, system } = bench;
  await startChild(sup, spec('a'));
  await startChild(sup, spec('b', { restart: 'temporary' }));
  events.length = 0;
  child('a').tell(crash());
  await clock.settle();
  expect(events).toEqual(['error a', 'shutdown b', 'start a']);
  expect(system.whereIs('b')).toBeUndefined();
});

test('15. rest_for_one restarts the child and those started after it', async () => {
  const { clock, child, events } = await family({ ...noWait, strategy: 'rest_for_one' });
  events.length = 0;
  child('b').tell(crash());
  await clock.settle();
  expect(events).toEqual(['error b', 'shutdown c', 'start b', 'start c']);
  events.length = 0;
  child('a').tell(crash());
  await clock.settle();
  expect(events).toEqual(['error a', 'shutdown c', 'shutdown b', 'start a', 'start b', 'start c']);
});

const reasons: readonly ExitReason[] = [
  { type: 'normal' },
  { type: 'shutdown' },
  { type: 'killed' },
  { type: 'error', error: new Error('boom') },
];

const startsAgain = {
  permanent: ['normal', 'shutdown', 'killed', 'error'],
  transient: ['killed', 'error'],
  temporary: [] as string[],
};

for (const restart of ['permanent', 'transient', 'temporary'] as const) {
  test(`16. ${restart} children against four reasons`, async () => {
    for (const reason of reasons) {
      const { clock, system, spec, sup } = await family({ ...noWait, children: [] });
      const ref = await startChild<Probe>(sup, spec('x', { restart }));
      if (reason.type === 'killed') system.kill(ref);
      else ref.tell(act((ctx) => ctx.stop(reason)));
      await clock.settle();
      const again = startsAgain[restart].includes(reason.type);
      expect([reason.type, ref.alive]).toEqual([reason.type, again]);
      expect(ref.incarnation).toBe(again ? 2 : 1);
      const known = (await sup.ask({ type: 'WhichChildren' })).length;
      expect(known).toBe(restart === 'temporary' ? 0 : 1);
      expect(system.whereIs('x')).toBe(again ? ref : undefined);
    }
  });
}

test('16. permanent is the default', async () => {
  const { clock, child, system } = await family(noWait);
  expect(await system.stop(child('a'))).toEqual({ type: 'shutdown' });
  await clock.settle();
  expect(child('a').incarnation).toBe(2);
});

test('16. StopChild ends a child for good and RestartChild renews it; neither counts as a failure', async () => {
  const { clock, child, events, sup, system } = await family({ intensity: { max: 0 } });
  const a = child('a');
  events.length = 0;
  expect(await sup.ask({ type: 'RestartChild', id: 'a' })).toBe(a);
  await system.restart(child('b'));
  expect(await sup.ask({ type: 'StopChild', id: 'c' })).toBe(true);
  expect(await sup.ask({ type: 'StopChild', id: 'c' })).toBe(false);
  await clock.settle();
  expect(events).toEqual(['shutdown a', 'start a', 'shutdown b', 'start b', 'shutdown c']);
  expect(system.whereIs('c')).toBeUndefined();
  expect(a.incarnation).toBe(2);
  await expect(sup.ask({ type: 'RestartChild', id: 'c' })).rejects.toThrow(NoSuchChild);
  await expect(system.restart(sup)).rejects.toThrow(NotSupervised);
  expect(sup.alive).toBe(true);
});

test('16. a child that is stopped twice starts again like any other', async () => {
  const { clock, child, system } = await family(noWait);
  const b = child('b');
  const blocked = await block(clock, b);
  const stopped = [system.stop(b), system.stop(b)];
  blocked.open();
  expect(await Promise.all(stopped)).toEqual([{ type: 'shutdown' }, { type: 'shutdown' }]);
  await clock.settle();
  expect([b.alive, b.incarnation]).toEqual([true, 2]);
});

test('16. StopChild answers when the child has ended', async () => {
  const { clock, child, sup } = await family(noWait);
  const blocked = await block(clock, child('b'));
  const stopped = sup.ask({ type: 'StopChild', id: 'b' });
  expect(await outcomeOf(clock, stopped)).toBe('pending');
  blocked.open();
  expect(await stopped).toBe(true);
});

test('16. an end after which nobody starts again costs neither budget nor siblings', async () => {
  const { clock, events, sup, spec } = await family({
    strategy: 'one_for_all',
    intensity: { max: 0 },
    children: [],
  });
  const done = await startChild<Probe>(sup, spec('done', { restart: 'transient' }));
  await startChild<Probe>(sup, spec('other'));
  done.tell(act((ctx) => ctx.stop()));
  await clock.settle();
  expect(sup.alive).toBe(true);
  expect(events).toEqual(['start done', 'start other', 'normal done']);
});

test('16. a group that is stopped by StopChild while it restarts costs no budget', async () => {
  const slow = gate();
  const { clock, child, sup } = await family(
    { strategy: 'one_for_all', intensity: { max: 0 } },
    { c: { terminate: () => slow.opened } },
  );
  child('a').tell(crash());
  await clock.settle();
  const stops = ['a', 'b', 'c'].map((id) => sup.ask({ type: 'StopChild', id }));
  await clock.settle();
  slow.open();
  expect(await Promise.all(stops)).toEqual([true, true, true]);
  await clock.settle();
  expect(sup.alive).toBe(true);
});

test('16. StopChild overrules a RestartChild that waits for the old life to end', async () => {
  const { clock, child, sup, system } = await family(noWait);
  const b = child('b');
  const blocked = await block(clock, b);
  const restarted = sup.ask({ type: 'RestartChild', id: 'b' }).catch((error: unknown) => error);
  await clock.settle();
  const stopped = sup.ask({ type: 'StopChild', id: 'b' });
  await clock.settle();
  blocked.open();
  expect(await stopped).toBe(true);
  await restarted;
  await clock.settle();
  expect([b.alive, system.whereIs('b')]).toEqual([false, undefined]);
  expect(system.status().count).toBe(3);
  expect((await sup.ask({ type: 'WhichChildren' })).length).toBe(2);
});

test('16. RestartChild revives a transient child that had finished', async () => {
  const { clock, spec, sup, system } = await family({ ...noWait, children: [] });
  const ref = await startChild<Probe>(sup, spec('x', { restart: 'transient' }));
  await system.stop(ref);
  await clock.settle();
  expect(ref.alive).toBe(false);
  const revived = await sup.ask({ type: 'RestartChild', id: 'x' });
  expect(system.whereIs('x')).toBe(revived);
  expect(revived.alive).toBe(true);
});

test('16. a child that cannot be revived tells whoever asked, and can be asked for again', async () => {
  const { clock, spec, sup, system } = await family({ ...noWait, children: [] });
  let broken = false;
  const init = () => (broken ? Promise.reject(new Error('no')) : { handled: 0 });
  const start = () => childOf(probe([], { init }), undefined);
  await system.stop(await startChild<Probe>(sup, spec('x', { restart: 'transient', start })));
  await clock.settle();
  broken = true;
  const refused = await outcomeOf(clock, sup.ask({ type: 'RestartChild', id: 'x' }));
  expect(String(refused)).toContain('/sup/x: init failed: no');
  broken = false;
  const revived = await sup.ask({ type: 'RestartChild', id: 'x' });
  expect([revived.alive, system.status().count]).toEqual([true, 2]);
});

test('16. a start that fails is told to whoever asked and leaves no trace', async () => {
  const { clock, spec, sup, system } = await family({ children: [] });
  const bad = spec('x', {
    start: () => childOf(probe([], { init: () => Promise.reject(new Error('no')) }), undefined),
  });
  expect(String(await outcomeOf(clock, startChild(sup, bad)))).toContain('/sup/x: init failed: no');
  await startChild(sup, spec('x'));
  expect(await outcomeOf(clock, startChild(sup, spec('x')))).toBeInstanceOf(NameRefused);
  expect((await sup.ask({ type: 'WhichChildren' })).length).toBe(1);
  expect(system.status().count).toBe(2);
});

test('16. a supervisor whose child fails to start stops the earlier ones and fails to start itself', async () => {
  const { system } = setup();
  const events: string[] = [];
  const good = probe([], { terminate: () => void events.push('stopped') });
  const bad = probe([], { init: () => Promise.reject(new Error('no')) });
  const children = [good, bad].map((def, i) => ({ id: `c${i}`, start: () => childOf(def, undefined) }));
  const failed = await system.spawn(supervisor({ children })).catch((error: unknown) => error as Error);
  expect(String(failed)).toContain('init failed: /supervisor#');
  expect(events).toEqual(['stopped']);
  expect(system.status().count).toBe(0);
});

test('16. a supervisor takes 1,024 commands at once', async () => {
  const { sup, system } = await family({ children: [] });
  expect(system.inspect(sup)?.mailbox.capacity).toBe(1024);
});

test('16. many children can be added at once', async () => {
  const { sup, spec, system } = await family({ children: [] });
  const ids = Array.from({ length: 200 }, (_, i) => `c${i}`);
  const refs: ActorRef<Probe>[] = await Promise.all(ids.map((id) => startChild<Probe>(sup, spec(id))));
  expect(system.find<SupervisorProtocol>('/sup')).toBe(sup);
  expect(refs.map(({ path }) => path)).toEqual(ids.map((id) => `/sup/${id}`));
  expect(system.find('/sup/c199')).toBe(refs[199]);
  expect(system.find('/sup/none/deeper')).toBeUndefined();
  expect([system.find('/'), system.find('')]).toEqual([undefined, undefined]);
});
