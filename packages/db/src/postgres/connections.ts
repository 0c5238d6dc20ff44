// The connections to one PostgreSQL database, bounded in number and in how long they wait. What is sent over them is
// left to writer.ts and postgres-backend.ts.
import { Client, type ClientConfig, escapeIdentifier, Pool, type PoolClient } from 'pg';
import { answerTypes } from './values.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** A server that doesn't even say that it took too long is gone: the connection is given up. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
const LOCK_TIMEOUT_MS = 10_000;
/** A hub that hangs or was cut off inside a transaction keeps the others waiting for no longer. */
const IDLE_IN_TRANSACTION_MS = 10_000;
const IDLE_CONNECTION_MS = 60_000;
/** A name that leads to another server since a failover is looked up again after this time at the latest. */
const LIFETIME_SECONDS = 600;

interface Connections {
  readonly max: number;
  /** Statements are sent without waiting for the answers to those before. */
  readonly pipeline: boolean;
}

/** A pool whose connections have this schema alone in sight. Errors of idle connections only end the connection. */
export function connectionPool(url: string, schema: string, { max, pipeline }: Connections): Pool {
  const pool = new Pool({
    ...common(url),
    max,
    pipeline,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    query_timeout: ANSWER_TIMEOUT_MS,
    onConnect: (client) => prepare(client as PoolClient, schema),
  });
  // Whoever uses a connection hears of its end by the statement that fails; one that nobody uses is replaced.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** One connection by itself, without limits of time: for the migrations. */
export async function connectAlone(url: string): Promise<Client> {
  const client = new Client(common(url));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function prepare(client: PoolClient, schema: string): Promise<void> {
  await client.query(`set search_path to ${escapeIdentifier(schema)};
    set statement_timeout to ${STATEMENT_TIMEOUT_MS};
    set lock_timeout to ${LOCK_TIMEOUT_MS};
    set idle_in_transaction_session_timeout to ${IDLE_IN_TRANSACTION_MS}`);
}

function common(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'guardia',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: answerTypes,
  };
}
