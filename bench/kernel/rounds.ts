// One round of the kernel's volleys, each as a rate per second.
// Its counterpart on Erlang/OTP is otp_bench.erl; comparing them is left to main.ts.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ActorDef, type ActorRef, ActorSystem, type Call } from '@guardia/kernel';

/** Rates per second, and bytes for one idle actor. */
export interface Round {
  /** A sender that sends 1,000 at a time, which is about what OTP lets a process send before it is pre-empted. */
  tell: number;
  /** The same messages told in one go, before the receiver runs at all. */
  burst: number;
  tell32: number;
  ask: number;
  pingpong: number;
  spawn: number;
  stop: number;
  bytes: number;
}

const TURN_OF_A_SENDER = 1000;

interface Counter {
  Inc: object;
  Get: Call<object, number>;
}

interface Consumer {
  From: { readonly producer: ActorRef<Producer> };
  Item: object;
}

interface Producer {
  Produce: { readonly to: ActorRef<Consumer>; readonly rounds: number; readonly done: () => void };
  More: object;
}

interface Player {
  Ping: { readonly peer: ActorRef<Player>; readonly left: number; readonly done: () => void };
}

const counter: ActorDef<Counter, { n: number }> = {
  kind: 'counter',
  mailbox: { capacity: Number.POSITIVE_INFINITY },
  init: () => ({ n: 0 }),
  on: {
    Inc: (_m, s) => {
      s.n += 1;
    },
    Get: (_m, s) => s.n,
  },
};

const consumer: ActorDef<Consumer, { n: number; producer: ActorRef<Producer> | undefined }> = {
  kind: 'consumer',
  mailbox: { capacity: 32 },
  init: () => ({ n: 0, producer: undefined }),
  on: {
    From: ({ producer }, s) => {
      s.producer = producer;
    },
    Item: (_m, s) => {
      s.n += 1;
      if (s.n % 32 === 0) s.producer?.tell({ type: 'More' });
    },
  },
};

interface Production {
  to: ActorRef<Consumer> | undefined;
  rounds: number;
  done: () => void;
}

const producer: ActorDef<Producer, Production> = {
  kind: 'producer',
  init: () => ({ to: undefined, rounds: 0, done: () => {} }),
  on: {
    Produce: ({ to, rounds, done }, s) => {
      Object.assign(s, { to, rounds, done });
      produce(s);
    },
    More: (_m, s) => produce(s),
  },
};

const player: ActorDef<Player, null> = {
  kind: 'player',
  init: () => null,
  on: {
    Ping: ({ peer, left, done }, _s, ctx) => {
      if (left === 0) done();
      else peer.tell({ type: 'Ping', peer: ctx.self, left: left - 1, done });
    },
  },
};

function produce(s: Production): void {
  if (s.rounds === 0) {
    s.done();
    return;
  }
  s.rounds -= 1;
  for (let i = 0; i < 32; i++) {
    if (s.to?.tell({ type: 'Item' }) !== true) throw new Error('a tell within capacity was refused');
  }
}

/** Runs every volley once, each after a short warm-up. `scale` is the number of actors; messages are a multiple. */
export async function runRound(scale: number): Promise<Round> {
  const { spawn, stop } = await spawnAndStop(scale);
  return {
    tell: await rate(scale * 10, tell),
    burst: await rate(scale * 10, burst),
    tell32: await rate(scale * 10, tell32),
    ask: await rate(scale * 4, ask),
    pingpong: await rate(scale * 10, pingpong),
    spawn,
    stop,
    bytes: await bytesPerActor(scale),
  };
}

async function rate(
  count: number,
  volley: (system: ActorSystem, count: number) => Promise<void>,
): Promise<number> {
  const system = new ActorSystem();
  await volley(system, Math.ceil(count / 5));
  collectGarbage();
  const sinceMs = performance.now();
  await volley(system, count);
  const seconds = (performance.now() - sinceMs) / 1000;
  await system.shutdown();
  return count / seconds;
}

async function tell(system: ActorSystem, count: number): Promise<void> {
  const ref = await system.spawn(counter);
  for (let left = count; left > 0; left -= TURN_OF_A_SENDER) {
    for (let i = Math.min(left, TURN_OF_A_SENDER); i > 0; i--) ref.tell({ type: 'Inc' });
    await ref.ask({ type: 'Get' });
  }
  await expectCount(ref, count);
}

async function burst(system: ActorSystem, count: number): Promise<void> {
  const ref = await system.spawn(counter);
  for (let i = 0; i < count; i++) ref.tell({ type: 'Inc' });
  await expectCount(ref, count);
}

async function expectCount(ref: ActorRef<Counter>, count: number): Promise<void> {
  const seen = await ref.ask({ type: 'Get' }, { timeoutMs: 60_000 });
  if (seen !== count) throw new Error(`${seen} of ${count} messages arrived`);
}

async function tell32(system: ActorSystem, count: number): Promise<void> {
  const to = await system.spawn(consumer);
  const from = await system.spawn(producer);
  to.tell({ type: 'From', producer: from });
  await new Promise<void>((done) => {
    from.tell({ type: 'Produce', to, rounds: Math.floor(count / 32), done });
  });
}

async function ask(system: ActorSystem, count: number): Promise<void> {
  const ref = await system.spawn(counter);
  for (let i = 0; i < count; i++) await ref.ask({ type: 'Get' });
}

async function pingpong(system: ActorSystem, count: number): Promise<void> {
  const a = await system.spawn(player);
  const b = await system.spawn(player);
  await new Promise<void>((done) => {
    a.tell({ type: 'Ping', peer: b, left: count, done });
  });
}

async function spawnAndStop(count: number): Promise<{ spawn: number; stop: number }> {
  const system = new ActorSystem();
  for (const ref of await spawnAll(system, Math.ceil(count / 5))) await system.stop(ref);
  collectGarbage();
  const t0 = performance.now();
  const refs = await spawnAll(system, count);
  const t1 = performance.now();
  for (const ref of refs) await system.stop(ref);
  const t2 = performance.now();
  await system.shutdown();
  return { spawn: (count * 1000) / (t1 - t0), stop: (count * 1000) / (t2 - t1) };
}

async function spawnAll(system: ActorSystem, count: number): Promise<ActorRef<Counter>[]> {
  const refs: ActorRef<Counter>[] = [];
  for (let i = 0; i < count; i++) refs.push(await system.spawn(counter));
  return refs;
}

/** Heap per actor that has handled one call and is idle; the list of references is allocated before. */
async function bytesPerActor(count: number): Promise<number> {
  const system = new ActorSystem();
  const refs: (ActorRef<Counter> | undefined)[] = new Array(count).fill(undefined);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < count; i++) {
    const ref = await system.spawn(counter);
    await ref.ask({ type: 'Get' });
    refs[i] = ref;
  }
  collectGarbage();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  await system.shutdown();
  return bytes;
}

let gc: (() => void) | undefined;

/** Node offers `gc` only behind a flag, which can be set while it runs. */
function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
  }
  gc();
}
