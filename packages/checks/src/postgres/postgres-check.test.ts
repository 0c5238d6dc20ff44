import { Socket } from 'node:net';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bounds, contextOf, serverOf, useTeardown } from '../dialogue/test/kit.ts';
import { message, startup } from './message.ts';
import { runPostgresCheck } from './postgres-check.ts';

useTeardown();

interface Asked {
  readonly host?: string;
  readonly port: number;
  readonly user?: string;
  readonly database?: string;
}

const check = ({ host = '127.0.0.1', port, user = 'guardia', database = 'postgres' }: Asked) =>
  runPostgresCheck({ type: 'postgres', host, port, user, database, ...bounds }, contextOf());

describe.skipIf(postgresIsMissing())('PostgreSQL', () => {
  test('is up where it asks for a password, and down once it is gone', async () => {
    const cluster = await startPostgres();
    try {
      expect(await check(cluster)).toMatchObject({ status: 'up', errorMessage: null });
      expect((await check({ ...cluster, user: 'nobody', database: 'nowhere' })).status).toBe('up');
      await cluster.kill9();
      expect((await check(cluster)).status).toBe('down');
    } finally {
      await cluster.stop();
    }
  });

  test('with all connections taken is degraded', async () => {
    const settings = { max_connections: '4', superuser_reserved_connections: '0', max_wal_senders: '0' };
    const cluster = await startPostgres({ settings });
    const held: Socket[] = [];
    try {
      // Each waits for a password that doesn't come, and holds its place. Twice the maximum may be waiting so.
      for (let count = 0; count < 20; count += 1) {
        const socket = new Socket().connect(cluster.port, '127.0.0.1');
        held.push(socket);
        socket.on('error', () => {});
        socket.write(startup('guardia', 'postgres'));
        await new Promise((resolve) => socket.once('data', resolve));
      }
      expect(await check(cluster)).toMatchObject({
        status: 'degraded',
        degradedBy: 'expectation',
        errorMessage: expect.stringContaining('"53300 '),
      });
    } finally {
      for (const socket of held) socket.destroy();
      await cluster.stop();
    }
  });
});

/** A message as the server would write it. */
function written(type: string, body: string): Buffer {
  const bytes = Buffer.from(body, 'latin1');
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const error = (code: string) => written('E', `SFATAL\0C${code}\0Mthe text\0\0`);
const accepted = written('R', '\0\0\0\0');
const setting = written('S', 'TimeZone\0UTC\0');

test.each([
  ['asks for a password', 'up', [written('R', '\0\0\0\x0aSCRAM-SHA-256\0\0')]],
  ['lets anybody in', 'up', [accepted, setting, written('K', '12345678'), written('Z', 'I')]],
  ['refuses the user', 'up', [error('28000')]],
  ['has no such database', 'up', [accepted, error('3D000')]],
  ['lets the user into another database alone', 'up', [accepted, error('42501')]],
  ['has too many connections', 'degraded', [accepted, error('53300')]],
  ['is starting up', 'down', [error('57P03')]],
  ['is shutting down', 'down', [error('57P01')]],
  ['speaks HTTP', 'down', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]],
  ['speaks with letters of ours', 'down', [Buffer.from('Redis? No, SSH-2.0')]],
  ['sends an authentication too short', 'down', [written('R', '\0')]],
  ['sends an error without fields', 'down', [written('E', '')]],
] as const)('a server that %s is %s', async (_, status, messages) => {
  const server = await serverOf((socket) => socket.write(Buffer.concat(messages)));
  expect((await check(server)).status).toBe(status);
});

test('the text of an error has its code and its words', async () => {
  const server = await serverOf((socket) => socket.write(error('57P03')));
  expect((await check(server)).errorMessage).toBe(
    `expected a session of ${server.address}, got "57P03 the text"`,
  );
});

test('a session that was let in is ended properly, and one that needs a password is just left', async () => {
  const start =
    '\x00\x00\x00\x41\x00\x03\x00\x00user\0guardia\0database\0postgres\0application_name\0guardia\0\0';
  const open = await serverOf((socket) => socket.write(Buffer.concat([accepted, written('Z', 'I')])));
  await check(open);
  await expect.poll(() => open.sockets[0]!.destroyed).toBe(true);
  expect(open.received()).toBe(`${start}X\0\0\0\x04`);
  const closed = await serverOf((socket) => socket.write(written('R', '\0\0\0\x03')));
  await check(closed);
  await expect.poll(() => closed.sockets[0]!.destroyed).toBe(true);
  expect(closed.received()).toBe(start);
});

test('a server that never gets ready is down', async () => {
  const server = await serverOf((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(setting));
    };
    socket.on('drain', more);
    more();
  });
  expect(await check(server)).toMatchObject({
    status: 'down',
    errorMessage: expect.stringContaining('65536 bytes'),
  });
});

test('whatever comes is read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const part = message(Buffer.from(bytes));
      if (part !== undefined) expect(part.length).toBeGreaterThan(0);
    }),
  );
});
