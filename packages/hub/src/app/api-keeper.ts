// The API as an actor: its life is the server's life, so that a crash is restarted by its supervisor and a taken
// port fails the start of the hub. What the API answers is its own business.
import type { ActorDef } from '@guardia/kernel';
import type { Api, Listening } from '../api/api.ts';

export interface ApiKeeperArgs {
  /** Makes an API for each life. */
  create(): Api;
  listening(at: Listening): void;
}

export const apiKeeper: ActorDef<object, Api, ApiKeeperArgs> = {
  kind: 'api',
  async init(ctx, { create, listening }) {
    const api = create();
    listening(await api.start());
    const { def, args } = api.streamChild.start();
    await ctx.spawnLinked(def as ActorDef<object, unknown, unknown>, args, { id: api.streamChild.id });
    return api;
  },
  on: {},
  terminate: (_reason, api) => api.stop(),
};
