// kill -9 at random points of alert storms, again and again on one database: every message arrives, no recovery without a
// down, no second down without a recovery, and repeats can be told by their key. `GUARDIA_KILL_ROUNDS` and
// `GUARDIA_KILL_SEED` set how often and with which random numbers.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStateDb } from '@guardia/db';
import type { DeliveryKind } from '@guardia/model';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HOLD_MIGRATIONS } from './holds/tables.ts';
import { ALERT_MIGRATIONS, type AlertTables } from './tables.ts';
import { seededRandom } from './test/seeded-random.ts';

const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 4);
const SEED = Number(process.env.GUARDIA_KILL_SEED ?? 1);
const CHILD = fileURLToPath(new URL('./test/kill-child.ts', import.meta.url));

interface Told {
  readonly kind: DeliveryKind;
  readonly id: string;
  /** Target, rule and instance. */
  readonly of: readonly string[];
  readonly dedupeKey: string;
}

/** One attempt of one message, as it arrived. */
interface Sent {
  readonly notifier: string;
  /** Its key. */
  readonly message: string;
  readonly told: readonly Told[];
}

type Arrival = Told & Pick<Sent, 'notifier'>;

function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-kill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [db, sent, committed] = ['state.db', 'sent', 'committed'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  return { db, sent, committed };
}

/** Runs the child, killed when it has told of `killAfter` sends and commits. @returns how it ended */
function run(
  args: readonly string[],
  killAfter: number,
): Promise<{ signal: string | null; complaint: string }> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = 0;
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    if (seen >= killAfter) child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_, signal) => resolve({ signal, complaint }));
  });
}

const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').filter(Boolean);

async function stored(path: string) {
  const db = await openStateDb<AlertTables>({ path, migrations: [...ALERT_MIGRATIONS, ...HOLD_MIGRATIONS] });
  onTestFinished(() => db.close());
  return {
    alerts: await db.query.selectFrom('alerts').selectAll().where('fired_at', 'is not', null).execute(),
    deliveries: await db.query
      .selectFrom('deliveries')
      .select(['alert_id', 'notifier', 'kind', 'state', 'dedupe_key'])
      .execute(),
  };
}

/** What arrived for the first time, in that order. */
function firstArrivals(sent: readonly Sent[]): readonly Arrival[] {
  const seen = new Set<string>();
  return sent
    .flatMap(({ notifier, told }) => told.map((each) => ({ ...each, notifier })))
    .filter(({ notifier, dedupeKey }) => {
      const key = `${notifier} ${dedupeKey}`;
      return !seen.has(key) && seen.add(key);
    });
}

/** Messages of which a later attempt told what the first did not: who drops repeats would lose that. */
function grown(sent: readonly Sent[]): readonly string[] {
  const first = new Map<string, Set<string>>();
  return sent.flatMap(({ notifier, message, told }) => {
    const key = `${notifier} ${message}`;
    const keys = told.map(({ dedupeKey }) => dedupeKey);
    const known = first.get(key) ?? new Set(keys);
    first.set(key, known);
    return keys.every((each) => known.has(each)) ? [] : [key];
  });
}

/** Where the order of what one notifier was told of one alert, over all its lives, is wrong. */
function disorder(told: readonly Arrival[]): readonly string[] {
  let down: string | null = null;
  const wrong: string[] = [];
  for (const { kind, id, of, notifier } of told) {
    const is = `${notifier} was told of ${of.join(' ')}: ${kind} ${id}`;
    const isDown = kind === 'firing' || kind === 'escalation';
    if (isDown && down !== null && down !== id) wrong.push(`${is} while ${down} was not over`);
    if (!isDown && down !== id) wrong.push(`${is} without its beginning, or after its end`);
    if (isDown) down = id;
    if (kind === 'resolved') down = null;
  }
  return wrong;
}

describe('kill -9', () => {
  it(
    `rule 15: loses no message in ${ROUNDS} rounds of alert storms with seed ${SEED}`,
    async () => {
      const paths = setup();
      const args = [paths.db, paths.sent, paths.committed, String(Date.now())];
      const random = seededRandom(SEED);
      for (let round = 0; round < ROUNDS; round++) {
        const ended = await run([...args, String(SEED + round), 'storm'], 1 + Math.floor(random() * 200));
        expect(ended).toEqual({ signal: 'SIGKILL', complaint: '' });
      }
      const settled = await run([...args, String(SEED), 'settle'], Number.POSITIVE_INFINITY);
      expect(settled).toEqual({ signal: null, complaint: '' });

      const { alerts, deliveries } = await stored(paths.db);
      const sent = lines(paths.sent).map((line) => JSON.parse(line) as Sent);
      const told = firstArrivals(sent);
      const arrived = new Set(told.map(({ notifier, dedupeKey }) => `${notifier} ${dedupeKey}`));

      // What was told to be committed is stored.
      const known = new Set(alerts.map(({ id }) => id));
      expect(lines(paths.committed).filter((id) => !known.has(id))).toEqual([]);
      // Both ends of each alert are for each of its notifiers, unless it flapped, and nothing is left or given up.
      const rows = new Set(
        deliveries.map(({ notifier, alert_id, kind }) => `${notifier} ${alert_id}:${kind}`),
      );
      const wanted = alerts
        .filter(({ held }) => held === null || (JSON.parse(held) as { reason: string }).reason !== 'flapping')
        .flatMap(({ id }) => ['ops', 'hook'].flatMap((to) => [`${to} ${id}:firing`, `${to} ${id}:resolved`]));
      expect(wanted.length).toBeGreaterThan(0);
      expect(wanted.filter((key) => !rows.has(key))).toEqual([]);
      expect(
        deliveries.filter(({ state }) => !['delivered', 'cancelled'].includes(state)).slice(0, 5),
      ).toEqual([]);
      // What is delivered arrived, and what was held until its alert was over didn't.
      const keyed = deliveries.map((row) => ({ ...row, key: `${row.notifier} ${row.dedupe_key}` }));
      expect(keyed.filter(({ state, key }) => state === 'delivered' && !arrived.has(key))).toEqual([]);
      expect(
        keyed.filter(
          ({ state, kind, key }) => state === 'cancelled' && kind !== 'reminder' && arrived.has(key),
        ),
      ).toEqual([]);
      // Repeats have the key of what they repeat.
      const keys = new Set(keyed.map(({ key }) => key));
      expect([...arrived].filter((key) => !keys.has(key))).toEqual([]);
      expect(grown(sent)).toEqual([]);
      for (const group of Map.groupBy(told, ({ notifier, of }) => JSON.stringify([notifier, of])).values()) {
        expect(disorder(group)).toEqual([]);
      }
    },
    60_000 + ROUNDS * 5_000,
  );
});
