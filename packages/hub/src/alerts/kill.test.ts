// kill -9 at random points of engine and outbox, again and again on one database: what fired is told at least once, no
// end without its beginning, and repeats can be told by their key. `GUARDIA_KILL_ROUNDS` and `GUARDIA_KILL_SEED` set
// how often and with which random numbers.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAlertDb } from './test/kit.ts';
import { seededRandom } from './test/seeded-random.ts';

const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 5);
const SEED = Number(process.env.GUARDIA_KILL_SEED ?? 1);
const CHILD = fileURLToPath(new URL('./test/kill-child.ts', import.meta.url));

interface Sent {
  readonly notifier: string;
  readonly kind: 'firing' | 'resolved';
  readonly id: string;
  readonly dedupeKey: string;
}

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

describe('kill -9', () => {
  it(
    `loses no alert in ${ROUNDS} rounds with seed ${SEED}`,
    async () => {
      const paths = setup();
      const args = [paths.db, paths.sent, paths.committed];
      const random = seededRandom(SEED);
      for (let round = 0; round < ROUNDS; round++) {
        const ended = await run([...args, String(SEED + round), 'storm'], 1 + Math.floor(random() * 120));
        expect(ended).toEqual({ signal: 'SIGKILL', complaint: '' });
      }
      const settled = await run([...args, String(SEED), 'settle'], Number.POSITIVE_INFINITY);
      expect(settled).toEqual({ signal: null, complaint: '' });

      const db = await openAlertDb(paths.db);
      const fired = await db.query
        .selectFrom('alerts')
        .selectAll()
        .where('fired_at', 'is not', null)
        .execute();
      const stored = new Set(fired.map(({ id }) => id));
      expect(lines(paths.committed).filter((id) => !stored.has(id))).toEqual([]);

      const sent = lines(paths.sent).map((line) => JSON.parse(line) as Sent);
      const firstAt = new Map<string, number>();
      for (const [i, { notifier, dedupeKey }] of sent.entries()) {
        const key = `${notifier} ${dedupeKey}`;
        if (!firstAt.has(key)) firstAt.set(key, i);
      }
      // While an alert flaps nobody is told of it.
      const told = fired.filter(({ held }) => held === null);
      const wanted = told.flatMap(({ id, state }) =>
        (state === 'resolved' ? [`${id}:firing`, `${id}:resolved`] : [`${id}:firing`]).flatMap((key) => [
          `ops ${key}`,
          `hook ${key}`,
        ]),
      );
      expect(wanted.length).toBeGreaterThan(0);
      expect([...firstAt.keys()].sort()).toEqual(wanted.sort());
      expect(sent.filter(({ id, kind, dedupeKey }) => dedupeKey !== `${id}:${kind}`)).toEqual([]);
      const early = sent.filter(
        ({ notifier, id, kind }, i) => kind === 'resolved' && !(firstAt.get(`${notifier} ${id}:firing`)! < i),
      );
      expect(early).toEqual([]);
      const states = await db.query.selectFrom('deliveries').select('state').distinct().execute();
      expect(states).toEqual([{ state: 'delivered' }]);
    },
    30_000 + ROUNDS * 5_000,
  );
});
