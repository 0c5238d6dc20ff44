// Matrix: one message to one room of a homeserver. What it looks like is matrix-message.ts; retries are the outbox's.
import { createHash } from 'node:crypto';
import type { MatrixNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Notifier } from '../notifier.ts';
import { matrixMessage } from './matrix-message.ts';

export function createMatrixNotifier(config: MatrixNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, url, roomId, token } = config;
  const post = new JsonPost(url, [token], deps);
  const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message`;
  return {
    name,
    kind: 'matrix',
    send(message, signal) {
      // The server drops what it has had under the same transaction id from the same device.
      const transaction = createHash('sha256').update(message.dedupeKey).digest('hex');
      return post.send(
        {
          method: 'PUT',
          path: `${room}/${transaction}`,
          headers: { authorization: `Bearer ${token}` },
          body: JSON.stringify(matrixMessage(message)),
        },
        signal,
      );
    },
    async close() {},
  };
}
