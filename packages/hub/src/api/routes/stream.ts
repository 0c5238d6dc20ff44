// What plain HTTP gets at the address of the WebSocket stream. The stream itself never passes here: the HTTP
// server hands upgrades to stream/stream-server.ts.
import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors.ts';
import { STREAM_PATH } from '../stream/stream-server.ts';

export function streamRoutes(app: FastifyInstance): void {
  app.get(STREAM_PATH, { config: { access: 'read' } }, async () => {
    throw new ApiError({
      status: 426,
      code: 'UPGRADE_REQUIRED',
      message: 'This is a WebSocket: connect with ws:// or wss://.',
      headers: { upgrade: 'websocket', connection: 'Upgrade' },
    });
  });
}
