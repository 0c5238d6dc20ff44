// Another program holds a write lock on both databases of a running hub: outcomes wait in memory and none is lost, nobody is
// paged for what is well, and what breaks meanwhile is told. What each database does by itself is tested beside it.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FarSide, startFarSide } from '@guardia/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { farSide, type Hook } from './far-side.ts';
import { startHub } from './hub.ts';
import { Bench, until } from './programs.ts';

/** A check a second: 30 s in the long run, which is more than the 5 s for which SQLite waits by itself. */
const CHECKS = process.env.GUARDIA_KILL_ROUNDS === undefined ? 2 : 30;

let bench: Bench;
let hook: Hook;
let site: FarSide;
afterEach(async () => {
  await bench?.close();
  await hook?.close();
  await site?.stop();
});

interface Check {
  readonly timestamp: string;
  readonly status: string;
}

/** Takes the write lock of a database. @returns gives it back */
function lock(file: string): () => void {
  const db = new DatabaseSync(join(bench.folder, file), { timeout: 10_000 });
  db.exec('begin immediate');
  return () => {
    db.exec('rollback');
    db.close();
  };
}

const told = () =>
  hook.bodies.flatMap((body) => {
    interface Told {
      event: string;
      rule: string;
      target_name: string;
    }
    const { event, alert, alerts } = body as unknown as { event: string; alert: Told; alerts?: Told[] };
    const all = alerts ?? [{ ...alert, event }];
    return all.map((each) => `${each.event} ${each.rule} ${each.target_name}`);
  });

describe('a database that is locked', () => {
  it(`keeps the outcomes of ${CHECKS} s and pages nobody for it`, { timeout: 120_000 }, async () => {
    bench = new Bench();
    hook = await farSide();
    let isBroken = false;
    const wellAskedAt: number[] = [];
    site = await startFarSide({
      script({ path }) {
        if (path === '/well') wellAskedAt.push(Date.now());
        return { status: path === '/breaks' && isBroken ? 503 : 200 };
      },
    });
    const service = { interval: 1, timeout: 0.9, grace: 1, alert: 'hook' };
    const hub = await startHub(bench, {
      alerts: { hook: { webhook: { url: hook.url } } },
      servers: [
        {
          ip: '127.0.0.1',
          port: (await bench.agent('s')).port,
          token: 's',
          interval: 1,
          limits: { unreachable: { grace: 1, alert: 'hook' } },
        },
      ],
      services: ['well', 'breaks'].map((name) => ({ name, url: `${site.url}/${name}`, ...service })),
    });
    const checksOf = async (name: string, since: Date) => {
      const range = `start=${since.toISOString()}&limit=1000`;
      const { checks } = await hub.get<{ checks: Check[] }>(`/services/${name}/checks?${range}`);
      return checks.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp));
    };
    await until(
      'a check of each',
      () => site.requests.some(({ path }) => path === '/breaks') && wellAskedAt.length > 1,
    );

    const since = new Date();
    const unlock = ['guardia.db', 'guardia.series.db'].map(lock);
    isBroken = true;
    const before = wellAskedAt.length;
    await until('enough checks', () => wellAskedAt.length >= before + CHECKS, 60_000);
    for (const giveBack of unlock) giveBack();

    await until('what broke to be told', () => told().includes('alert_fired service_down breaks'), 60_000);
    const lastTold = new Date();
    const well = await until('the outcomes', async () => {
      const checks = await checksOf('well', since);
      return checks.some(({ timestamp }) => new Date(timestamp) > lastTold) && checks;
    });
    expect(new Set(well.map(({ status }) => status))).toEqual(new Set(['up']));
    const stored = well.map(({ timestamp }) => Date.parse(timestamp));
    // Each was due at the time that is stored, and made before the next one was due.
    const made = wellAskedAt.filter((at) => at >= stored[0]! && at < stored.at(-1)! + 1_000);
    expect(made.length).toBeGreaterThanOrEqual(CHECKS);
    expect(stored.length).toBe(made.length);
    const broken = await checksOf('breaks', since);
    expect(new Set(broken.slice(2).map(({ status }) => status))).toEqual(new Set(['down']));

    // Of the hub itself it may say what is true: that it could not write.
    const ofTargets = told().filter((one) => !/ (storage|actor_crashed) /.test(one));
    expect(ofTargets).toEqual(['alert_fired service_down breaks']);
    expect((await hub.program.stop()).code).toBe(0);
  });
});
