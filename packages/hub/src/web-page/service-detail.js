// The part of the page about the chosen service: its facts, from where it is checked, its charts, and its last failures in
// their exact words. Which service and range are chosen is for page.js.
import { get } from './api.js';
import { ChartPanel, rangeButtons } from './chart-panel.js';
import { byId, definitions, el, replaceItems, statusMark, timeMark } from './dom.js';
import { clock, durationText, shareText } from './format.js';
import { serviceCharts } from './service-charts.js';
import { certificateText } from './service-list.js';
import { TargetActions } from './target-actions.js';

const DAY_MS = 86_400_000;
const REFRESH_MS = 30_000;
const MAX_CHECKS = 1000;
const MAX_FAILURES = 10;
/** Under which the hub keeps what several locations amount to. */
const COMBINED = 'quorum';

export class ServiceDetail {
  #panel = new ChartPanel(byId('service-charts'));
  #ranges;
  #actions;
  #name = null;
  #dueAt = 0;
  #uptime = {};

  /** @param hub `range` is told the range that the reader chose, `close` that the reader has seen enough, `changed` that
   *  something was changed */
  constructor(hub) {
    this.#ranges = rangeButtons(hub.range);
    this.#actions = new TargetActions(hub.changed);
    byId('service-close').before(this.#ranges.element, ...this.#actions.buttons);
    byId('service-close').onclick = hub.close;
    byId('service-head').after(this.#actions.form);
  }

  /** Draws what is chosen now. */
  show(service, range) {
    byId('service-detail').hidden = service === undefined;
    if (service === undefined) return;
    this.#ranges.mark(range);
    if (service.name !== this.#name) this.#begin(service.name);
    this.#actions.turnTo(actionsOn(service));
    replaceItems(byId('service-title'), [statusMark(service.status, service.name)]);
    definitions(byId('service-facts'), { ...factsOf(service), ...this.#uptime });
    showLocations(service.locations);
    this.#panel.keep(`${service.name} ${range}`, (signal) => serviceCharts(service, range, signal));
    if (Date.now() > this.#dueAt && !document.hidden) this.#read(service);
  }

  #begin(name) {
    this.#name = name;
    this.#dueAt = 0;
    this.#uptime = {};
    byId('failures').replaceChildren();
    byId('failures-word').textContent = '';
  }

  async #read(service) {
    this.#dueAt = Date.now() + REFRESH_MS;
    const path = `/services/${encodeURIComponent(service.name)}`;
    const ago = (days) => new Date(Date.now() - days * DAY_MS).toISOString();
    try {
      const [day, month, { checks, cut }] = await Promise.all([
        get(`${path}/uptime`, { since: ago(1) }),
        get(`${path}/uptime`, { since: ago(30) }),
        get(`${path}/checks`, { start: ago(1), limit: MAX_CHECKS }),
      ]);
      if (service.name !== this.#name) return;
      this.#uptime = { 'up 24 h': uptimeText(day), 'up 30 d': uptimeText(month) };
      definitions(byId('service-facts'), { ...factsOf(service), ...this.#uptime });
      showFailures(checks, cut);
    } catch (error) {
      if (service.name === this.#name)
        byId('failures-word').textContent = `The last failures could not be read. ${error.message}`;
    }
  }
}

/** Whoever reports by itself can't be asked. */
function actionsOn({ target_id: id, name, type }) {
  const path = type === 'push' ? null : `/services/${encodeURIComponent(name)}/check`;
  return { id, name, ask: 'check now', path };
}

function factsOf({ type, url, group, tags, slo, interval_ms: intervalMs, last_check: last }) {
  return {
    type,
    address: url,
    group,
    tags: tags.join(', '),
    every: durationText(intervalMs),
    status: last?.http_status_code,
    certificate: certificateText(last) && `▲ ${certificateText(last)}`,
    objective: slo && `${slo.target_percentage} % over ${slo.window_ms / DAY_MS} d`,
  };
}

/** With how much of the time is known: no data is neither up nor down. Never rounded up. */
function uptimeText({ uptime_percentage: up, coverage_percentage: known }) {
  if (up === null) return 'not known';
  return known < 99 ? `${shareText(up)}, ${shareText(known)} of the time is known` : shareText(up);
}

function showLocations(locations) {
  byId('locations').hidden = locations.length === 0;
  replaceItems(
    byId('locations'),
    locations.map(({ location, status, response_time_ms: answer, error_message: error }) =>
      el('li', {}, [
        statusMark(status, location),
        el('span', { class: 'quiet' }, [answer === null ? '–' : durationText(answer)]),
        el('span', { class: 'exact' }, [error ?? '']),
      ]),
    ),
  );
}

function showFailures(checks, cut) {
  const combined = checks.some(({ location }) => location === COMBINED);
  const failures = runsOf(combined ? checks.filter(({ location }) => location === COMBINED) : checks);
  const span = cut ? `in the newest ${checks.length} checks` : 'in the last 24 hours';
  byId('failures-word').textContent = failures.length === 0 ? `None ${span}.` : '';
  byId('failures').replaceChildren(...failures.slice(0, MAX_FAILURES).map(failureRow));
}

/** Failures that followed each other with the same words, newest first: `{ status, error, newest, oldest, count }`. */
function runsOf(checks) {
  const runs = [];
  let open = null;
  for (const { status, error_message: error, timestamp } of checks) {
    if (open?.status === status && open.error === error) {
      open.oldest = timestamp;
      open.count += 1;
      continue;
    }
    open = { status, error, newest: timestamp, oldest: timestamp, count: 1 };
    if (status !== 'up') runs.push(open);
  }
  return runs;
}

function failureRow({ status, error, newest, oldest, count }) {
  const span = count === 1 ? clock(newest) : `${clock(oldest)} to ${clock(newest)}, ${count} checks`;
  return el('li', {}, [
    statusMark(status),
    el('span', { class: 'exact' }, [error ?? 'without a word']),
    timeMark(newest, span),
  ]);
}
