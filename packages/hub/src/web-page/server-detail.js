// The part of the page about the chosen server: its facts, and its charts over the chosen range. Which server and range are
// chosen is for page.js.
import { ChartPanel, rangeButtons } from './chart-panel.js';
import { byId, definitions, replaceItems, statusMark } from './dom.js';
import { LIVE } from './ranges.js';
import { liveCharts, storedCharts } from './server-charts.js';
import { TargetActions } from './target-actions.js';

export class ServerDetail {
  #panel = new ChartPanel(byId('server-charts'));
  #ranges;
  #actions;

  /** @param hub `range` is told the range that the reader chose, `close` that the reader has seen enough, `changed` that
   *  something was changed */
  constructor(hub) {
    this.#ranges = rangeButtons(hub.range);
    this.#actions = new TargetActions(hub.changed);
    byId('server-close').before(this.#ranges.element, ...this.#actions.buttons);
    byId('server-close').onclick = hub.close;
    byId('server-head').after(this.#actions.form);
  }

  /** Draws what is chosen now. */
  show(server, range) {
    byId('server-detail').hidden = server === undefined;
    if (server === undefined) return;
    this.#ranges.mark(range);
    const { server_id: id, target_id: target, display_name: name } = server;
    replaceItems(byId('server-name'), [statusMark(server.health_status, name)]);
    const path = `/servers/${encodeURIComponent(id)}/poll`;
    this.#actions.turnTo({ id: target, name, ask: 'poll now', path });
    definitions(byId('server-facts'), factsOf(server));
    const key = `${id} ${range}`;
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
    tags: server.tags.join(', '),
    'does not answer': server.last_poll_error,
    sensors: components?.average_temperature == null ? 'no temperature' : undefined,
  };
}
