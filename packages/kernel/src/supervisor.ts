// Defines supervisors: actors whose children start again when they end, and which answer questions about them.
// The strategies are carried out by tier.ts; limits and back-off are in restart-limit.ts.

import type { ChildSpec, ChildStart, SupervisorOptions, SupervisorProtocol } from './child-spec.ts';
import type { Life } from './life.ts';
import { NO_REPLY } from './messages.ts';
import type { ChildEnded } from './runner.ts';
import { Tier } from './tier.ts';
import type { ActorDef, ActorRef, Ctx, MailboxPolicy } from './types.ts';

/** Definition and arguments of a child, checked against each other. */
export function childOf<P, S, A>(def: ActorDef<P, S, A>, args: A, mailbox?: MailboxPolicy): ChildStart {
  return mailbox === undefined ? { def, args } : { def, args, mailbox };
}

/** Asks a supervisor to start a child. The caller vouches for the child's protocol P. */
export async function startChild<P>(to: ActorRef<SupervisorProtocol>, spec: ChildSpec): Promise<ActorRef<P>> {
  return (await to.ask({ type: 'StartChild', spec })) as ActorRef<P>;
}

interface SupervisorDef extends ActorDef<SupervisorProtocol, Tier> {
  childEnded(signal: ChildEnded, tier: Tier): void;
}

/** A definition to spawn. Its init starts the children in order and fails when one of them does. */
export function supervisor(options: SupervisorOptions): ActorDef<SupervisorProtocol, Tier> {
  const def: SupervisorDef = {
    kind: options.kind ?? 'supervisor',
    // Commands come in bursts, one per child, and each is only a note to be worked on.
    mailbox: { capacity: 1024 },
    shutdownMs: Number.POSITIVE_INFINITY,
    async init(ctx) {
      // The context of every actor is its Life; only the kernel looks behind the public type.
      const tier = new Tier(ctx as unknown as Life, options);
      for (const spec of options.children) await tier.add(spec);
      return tier;
    },
    on: {
      StartChild: ({ spec }, tier, ctx) => answer(ctx, tier.add(spec)),
      StopChild: ({ id }, tier, ctx) => answer(ctx, tier.remove(id)),
      RestartChild: ({ id }, tier, ctx) => answer(ctx, tier.restart(id)),
      WhichChildren: (_message, tier) => tier.list(),
    },
    childEnded: (signal, tier) => tier.childEnded(signal),
  };
  return def;
}

/** Replies when the work is done, so that one slow child doesn't keep the others waiting. */
function answer(ctx: Ctx<SupervisorProtocol>, work: Promise<unknown>): typeof NO_REPLY {
  const from = ctx.from();
  work.then(
    (result) => from.reply(result),
    (error: unknown) => from.fail(error),
  );
  return NO_REPLY;
}
