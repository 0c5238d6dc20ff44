// The disk of a running hub fills up while an alert changes: the hub stays, says so past its database, and loses
// nothing that it accepted once there is room again.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { farSide, type Hook } from './far-side.ts';
import { startHub } from './hub.ts';
import { Bench, until } from './programs.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('SKIPPED: a full disk under a running hub needs root, to mount a small tmpfs');

let bench: Bench;
let hook: Hook;
let disk = '';
afterEach(async () => {
  // detached at once, gone with the hub's last file
  if (disk !== '') execFileSync('umount', ['--lazy', disk]);
  disk = '';
  await bench?.close();
  await hook?.close();
});

function setup(): void {
  bench = new Bench();
  disk = join(bench.folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
}

/** Takes all the room that is left, block by block. */
function fill(file: string): void {
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
}

interface Told {
  event: string;
  alert: { rule: string };
  /** Of a message of several alerts. */
  alerts?: readonly { event: string; rule: string }[];
}

const told = () =>
  hook.bodies.flatMap((body) => {
    const { event, alert, alerts } = body as unknown as Told;
    return (alerts ?? [{ event, rule: alert.rule }]).map((each) => `${each.event} ${each.rule}`);
  });

describe.runIf(isRoot)('a full disk', () => {
  it('is told, and survived without loss', { timeout: 120_000 }, async () => {
    setup();
    hook = await farSide();
    const agent = await bench.agent('s');
    const other = await bench.agent('s');
    const limits = { unreachable: { grace: 1, alert: 'hook' } };
    const hub = await startHub(bench, {
      storage: { backend: 'sqlite', path: join(disk, 'guardia.db') },
      servers: [
        { ip: '127.0.0.1', port: agent.port, token: 's', interval: 1, limits },
        { ip: '127.0.0.1', port: other.port, token: 's', interval: 1 },
      ],
      alerts: { hook: { webhook: { url: hook.url } } },
    });
    await until('a flush', async () => (await hub.get<Stats>('/stats')).storage.frames_written > 0);
    const filler = join(disk, 'filler');
    fill(filler);
    await agent.program.stop();
    await until('the emergency notice', () => told().includes('alert_fired storage'));
    await until('the hub to be unwell', async () => {
      const { status } = await hub.get<{ status: string }>('/health');
      return status === 'degraded';
    });
    rmSync(filler);
    await until(
      'the alert that could not be written',
      () => told().includes('alert_fired unreachable'),
      60_000,
    );
    await until(
      'the hub to be well',
      async () => (await hub.get<{ status: string }>('/health')).status === 'ok',
    );
    expect(told().filter((one) => one.endsWith('storage'))).toHaveLength(1);
    const { storage } = await hub.get<Stats>('/stats');
    expect((await hub.program.stop()).code).toBe(0);
    expect(hub.program.output).not.toMatch(/unwritten|\n\s+at /);
    const { blocks, raw } = storage.tiers;
    expect(storage.samples_open + blocks.points + raw.points).toBe(storage.samples_written);
  });
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(isRoot).toBe(true);
});

interface Stats {
  storage: {
    frames_written: number;
    samples_written: number;
    samples_open: number;
    tiers: Record<'blocks' | 'raw', { points: number }>;
  };
}
