// A made-up machine, so that pictures show nothing of the one they are taken on: its readings of the past for the
// database, and those of now as an agent answers them. Starting a hub that polls it is for picture-hub.ts.
import { createServer, type Server } from 'node:http';
import { systemClock } from '../packages/kernel/src/index.ts';
import { openSeries } from '../packages/series/src/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const HISTORY_MS = 40 * DAY_MS;
/** How long ago an outage began and ended: pictures should show a gap. */
const OUTAGE_MS = [92 * 60 * MINUTE_MS, 77 * 60 * MINUTE_MS] as const;
const MEMORY_BYTES = 16 * 2 ** 30;
const MOUNTS = [
  { mount: '/', device: '/dev/sda1', percent: 38, growth: 4 },
  { mount: '/var', device: '/dev/sdb1', percent: 78, growth: 26 },
];

const rounded = (value: number): number => Math.round(100 * value) / 100;

export class PictureMachine {
  readonly #end = Date.now();
  #receivedBytes = 0;
  #transmittedBytes = 0;
  #at = this.#end - HISTORY_MS;

  /** Fills the series file of a hub that isn't running. */
  async fillHistory(path: string, targetId: string): Promise<void> {
    const store = await openSeries({ backend: 'sqlite', path, clock: systemClock });
    const start = Math.ceil(this.#at / MINUTE_MS) * MINUTE_MS;
    const layout = { keys: Object.keys(this.#values(start)) };
    for (let at = start; at < Date.now(); at += MINUTE_MS) {
      const values = Float64Array.from(Object.values(this.#values(at)));
      const age = this.#end - at;
      if (age > OUTAGE_MS[0] || age < OUTAGE_MS[1]) await store.append({ targetId, at, layout, values });
    }
    await store.flush();
    await store.settle();
    await store.close();
  }

  /** Answers as an agent does, until it is closed. */
  listen(port: number): Server {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(this.#answer()));
    });
    return server.listen(port, '127.0.0.1');
  }

  #answer(): object {
    const values = this.#values(Date.now());
    const used = Math.round((MEMORY_BYTES * values['memory.used_percent']!) / 100);
    const network = { received_bytes: this.#receivedBytes, transmitted_bytes: this.#transmittedBytes };
    return {
      taken_at: new Date().toISOString(),
      agent: { version: '0.1.0' },
      system: {
        name: 'Debian GNU/Linux',
        os_version: '12',
        kernel_version: '6.1.0-18-amd64',
        host_name: 'web-1',
      },
      memory: { total: MEMORY_BYTES, used, available: MEMORY_BYTES - used },
      cpus: { total: 8, arch: 'x86_64', average_usage: values['cpu.usage'], cpus: [] },
      components: { average_temperature: values['temperature.average_celsius'], components: [] },
      load: { one: values['load.one'] },
      disks: MOUNTS.map(({ mount, device }) => ({
        mount,
        device,
        used_percent: values[`disk.used_percent{mount="${mount}"}`],
      })),
      networks: [{ name: 'eth0', ...network }],
    };
  }

  /** By sample key. Busy by day, less so at weekends; counters go on from the call before. */
  #values(at: number): Record<string, number> {
    const daytime = 0.5 - 0.5 * Math.cos((2 * Math.PI * (at % DAY_MS)) / DAY_MS);
    const busy = daytime * (new Date(at).getUTCDay() % 6 === 0 ? 0.4 : 1);
    const cpu = 6 + 42 * busy + 14 * Math.random() + (Math.random() < 0.004 ? 35 : 0);
    const seconds = (at - this.#at) / 1000;
    this.#at = at;
    this.#receivedBytes += Math.round((0.4 + 9 * busy * Math.random()) * 1e6 * seconds);
    this.#transmittedBytes += Math.round((0.2 + 4 * busy * Math.random()) * 1e6 * seconds);
    const disks = MOUNTS.map(({ mount, percent, growth }) => [
      `disk.used_percent{mount="${mount}"}`,
      rounded(percent - (growth * (this.#end - at)) / HISTORY_MS),
    ]);
    return {
      'cpu.usage': rounded(cpu),
      'memory.used_percent': rounded(38 + 18 * busy + 3 * Math.sin(at / (0.3 * DAY_MS)) + Math.random()),
      'load.one': rounded(cpu / 22),
      'temperature.average_celsius': rounded(41 + cpu / 5 + Math.random()),
      ...Object.fromEntries(disks),
      'network.received_bytes{interface="eth0"}': this.#receivedBytes,
      'network.transmitted_bytes{interface="eth0"}': this.#transmittedBytes,
    };
  }
}
