// The part of the page about the chosen server: its facts, and its charts over the chosen range. Which server and range are
// chosen is for page.js.
import { ChartPanel, rangeButtons } from './chart-panel.js';
import { byId, definitions } from './dom.js';
import { LIVE } from './ranges.js';
import { liveCharts, storedCharts } from './server-charts.js';

export class ServerDetail {
  #panel = new ChartPanel(byId('server-charts'));
  #ranges;

  /** @param pickRange is told the range that the reader chose */
  constructor(pickRange) {
    this.#ranges = rangeButtons(pickRange);
    byId('server-head').append(this.#ranges.element);
  }

  /** Draws what is chosen now. */
  show(server, range) {
    byId('server-detail').hidden = server === undefined;
    if (server === undefined) return;
    this.#ranges.mark(range);
    byId('server-name').textContent = server.display_name;
    definitions(byId('server-facts'), factsOf(server));
    const key = `${server.server_id} ${range}`;
    if (range === LIVE) this.#live(key, liveCharts(server));
    else this.#panel.keep(key, (signal) => storedCharts(server, range, signal));
  }

  #live(key, charts) {
    const missing = 'No reading in the last five minutes; longer ranges show older ones.';
    this.#panel.show(key, charts, charts.length === 0 ? missing : '');
  }
}

function factsOf(server) {
  const { system = {}, cpus = {}, components } = server.latest_metrics ?? {};
  return {
    system: [system.name, system.os_version].filter(Boolean).join(' '),
    kernel: system.kernel_version,
    host: system.host_name,
    cores: cpus.total,
    architecture: cpus.arch,
    address: server.server_id,
    sensors: components?.average_temperature == null ? 'no temperature' : undefined,
  };
}
