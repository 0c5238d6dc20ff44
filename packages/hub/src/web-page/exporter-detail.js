// The part of the page about the chosen exporter: the list of its series with a filter, and charts of the chosen ones. What
// is chosen is kept by page.js.
import { get, quoted } from './api.js';
import { ChartPanel, rangeButtons } from './chart-panel.js';
import { byId, definitions, el, replaceItems, statusMark } from './dom.js';
import { exporterCharts } from './exporter-charts.js';
import { countText, durationText } from './format.js';

const MAX_LISTED = 100;
const MAX_CHOSEN = 8;
/** The most that the hub lists at once. */
const MAX_SERIES = 10_000;

export class ExporterDetail {
  #panel = new ChartPanel(byId('exporter-charts'));
  #ranges;
  #pickSeries;
  /** Of the exporter with this name; empty until the hub listed them. */
  #name = null;
  #series = [];
  /** Keys. */
  #chosen = [];

  /** @param pick `range` and `series` are told what the reader chose, `close` that they have seen enough; series are keys */
  constructor(pick) {
    this.#pickSeries = pick.series;
    this.#ranges = rangeButtons(pick.range);
    byId('exporter-close').before(this.#ranges.element);
    byId('exporter-close').onclick = pick.close;
    byId('series-filter').oninput = () => this.#list();
  }

  /** Draws what is chosen now. */
  show(exporter, range, chosen) {
    byId('exporter-detail').hidden = exporter === undefined;
    if (exporter === undefined) return;
    this.#ranges.mark(range);
    const before = JSON.stringify([this.#name, this.#chosen]);
    if (exporter.name !== this.#name) this.#begin(exporter.name);
    replaceItems(byId('exporter-name'), [statusMark(exporter.health_status, exporter.name)]);
    definitions(byId('exporter-facts'), factsOf(exporter));
    this.#chosen = chosen;
    if (JSON.stringify([exporter.name, chosen]) !== before) this.#list();
    const key = JSON.stringify([exporter.name, range, chosen]);
    this.#panel.keep(key, (signal) => this.#charts(exporter, range, signal));
  }

  #begin(name) {
    this.#name = name;
    this.#series = [];
    byId('series-filter').value = '';
  }

  async #charts(exporter, range, signal) {
    if (this.#series.length === 0) {
      const asked = { match: `{target=${quoted(exporter.name)}}`, limit: MAX_SERIES };
      this.#series = (await get('/series', asked, signal)).series;
      this.#list();
    }
    const chosen = this.#series.filter(this.#isChosen);
    if (chosen.length > 0) return exporterCharts(exporter, chosen, range, signal);
    const none = this.#series.length === 0;
    return { charts: [], missing: none ? 'It has shown no series yet.' : 'Choose series to draw them.' };
  }

  #isChosen = ({ key }) => this.#chosen.includes(key);

  /** The chosen ones first, then what the filter finds: each of its words must be in the key. */
  #list() {
    const words = byId('series-filter').value.toLowerCase().split(/\s+/);
    const found = this.#series.filter(
      (one) => !this.#isChosen(one) && words.every((word) => one.key.toLowerCase().includes(word)),
    );
    const listed = found.slice(0, MAX_LISTED);
    replaceItems(
      byId('series'),
      [...this.#series.filter(this.#isChosen), ...listed].map((one) => this.#item(one)),
    );
    byId('series-count').textContent = countOf(this.#series.length, found.length, listed.length);
  }

  #item({ key }) {
    const checked = this.#chosen.includes(key);
    const box = el('input', { type: 'checkbox', 'data-id': key, ...(checked && { checked: '' }) });
    box.disabled = !checked && this.#chosen.length >= MAX_CHOSEN;
    box.onchange = () => {
      const others = this.#chosen.filter((one) => one !== key);
      this.#pickSeries(box.checked ? [...others, key] : others);
    };
    return el('li', {}, [el('label', {}, [box, key])]);
  }
}

const factsOf = ({ url, interval_ms: intervalMs, last_error: error, warning }) => ({
  address: url,
  every: durationText(intervalMs),
  'last error': error,
  warning: warning && `▲ ${warning}`,
});

function countOf(all, found, listed) {
  if (all === 0) return '';
  const rest = found - listed;
  return `${countText(all)} series, at most ${MAX_CHOSEN} drawn${rest > 0 ? `; type to find ${countText(rest)} more` : ''}`;
}
