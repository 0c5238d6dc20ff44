// The lists of servers and exporters, and what rows are made of. Which of them is chosen, and keeping them fresh, is for
// page.js.
import { byId, el, replaceItems, statusMark } from './dom.js';
import { spark } from './drawing.js';
import { bytesPerSecond, clock, countText, durationText, percent, since } from './format.js';
import { pointsOf, rateBetween } from './live.js';

export const number = (text, kind = '') => el('td', { class: `number ${kind}` }, [text]);

/** What may be longer than its column: all of it is shown on hover. */
export const text = (words) =>
  el('td', { class: 'text', title: words ?? '' }, [el('span', {}, [words ?? '–'])]);

/** A row that can be chosen, by its name or anywhere on it. */
export function row({ id, name, chosen, title, pick }, cells) {
  const button = el(
    'button',
    { type: 'button', class: 'name', 'data-id': id, 'aria-pressed': String(chosen) },
    [name],
  );
  const line = el('tr', { class: chosen ? 'chosen' : '', title }, [el('td', {}, [button]), ...cells]);
  line.onclick = () => pick(id);
  return line;
}

/** What the filter looks into. */
export const serverFields = ({ server_id: id, display_name: name, tags, health_status: status }) => ({
  id,
  name,
  tag: tags,
  status,
});
export const exporterFields = ({ name, url, health_status: status }) => ({ name, url, status });

/** How many are listed, of how many. */
export const countOf = ({ length }, total) => (length === total ? total : `${length} of ${total}`);

const TROUBLE_FIRST = ['down', 'stale', 'unknown', 'up'];
const troubleFirst = (targets) =>
  targets.toSorted((a, b) => TROUBLE_FIRST.indexOf(a.health_status) - TROUBLE_FIRST.indexOf(b.health_status));

export function showServers(servers, { chosen, pick, total }) {
  byId('servers-section').hidden = total === 0;
  byId('server-count').textContent = countOf(servers, total);
  replaceItems(
    byId('servers'),
    troubleFirst(servers).map((server) => serverRow(server, server.server_id === chosen, pick)),
  );
}

function serverRow(server, chosen, pick) {
  const id = server.server_id;
  const points = pointsOf(id);
  const [before, point] = [points.at(-2), points.at(-1)];
  const values = point?.values ?? {};
  const memory = point?.memory_total ? (100 * point.memory_used) / point.memory_total : null;
  const temperature = point?.temp_avg ?? null;
  const load = values['load.one'] ?? null;
  const rate = (direction) => bytesPerSecond(rateBetween(before, point, direction));
  const title = server.last_poll_error ?? `${id}, seen ${clock(server.last_seen)}`;
  return row({ id, name: server.display_name, chosen, title, pick }, [
    el('td', {}, [statusMark(server.health_status)]),
    number(percent(point?.cpu_avg ?? null)),
    el('td', { class: 'wide' }, [spark(points.map((p) => p.cpu_avg))]),
    number(percent(memory)),
    number(percent(fullestDisk(values))),
    number(load === null ? '–' : load.toFixed(2), 'extra'),
    number(temperature === null ? '–' : `${temperature.toFixed(0)} °C`, 'wide'),
    number(`${rate('received')} / ${rate('transmitted')}`, 'extra'),
    number(since(server.last_seen), 'extra'),
  ]);
}

function fullestDisk(values) {
  const shares = Object.entries(values).filter(
    ([key, v]) => key.startsWith('disk.used_percent') && v !== null,
  );
  return shares.length === 0 ? null : Math.max(...shares.map(([, v]) => v));
}

export function showExporters(exporters, { chosen, pick, total }) {
  byId('exporters-section').hidden = total === 0;
  byId('exporter-count').textContent = countOf(exporters, total);
  replaceItems(
    byId('exporters'),
    troubleFirst(exporters).map((exporter) => exporterRow(exporter, exporter.name === chosen, pick)),
  );
}

function exporterRow(exporter, chosen, pick) {
  const { name, url, samples, duration_ms: tookMs, last_scrape: last, last_error: error } = exporter;
  return row({ id: name, name, chosen, title: url, pick }, [
    el('td', {}, [statusMark(exporter.health_status)]),
    number(samples === null ? '–' : countText(samples), 'extra'),
    number(tookMs === null ? '–' : durationText(tookMs), 'extra'),
    text(error?.replace(`${url}: `, '')),
    number(since(last), 'extra'),
  ]);
}
