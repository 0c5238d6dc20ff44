// The lists of the page: what needs somebody, servers, exporters, services. Which of them is chosen, and keeping them
// fresh, is for page.js.
import { byId, el, replaceItems, statusMark } from './dom.js';
import { spark } from './drawing.js';
import { bytesPerSecond, clock, countText, durationText, percent, since } from './format.js';
import { pointsOf, rateBetween } from './live.js';

const number = (text, kind = '') => el('td', { class: `number ${kind}` }, [text]);

/** A row that can be chosen, by its name or anywhere on it. */
function row({ id, name, chosen, title, pick }, cells) {
  const button = el(
    'button',
    { type: 'button', class: 'name', 'data-id': id, 'aria-pressed': String(chosen) },
    [name],
  );
  const line = el('tr', { class: chosen ? 'chosen' : '', title }, [el('td', {}, [button]), ...cells]);
  line.onclick = () => pick(id);
  return line;
}

export function showAlerts(alerts) {
  byId('attention-title').textContent =
    alerts.length === 0 ? 'Nothing needs you' : `${alerts.length} need${alerts.length === 1 ? 's' : ''} you`;
  byId('alerts').replaceChildren(
    ...alerts.map((alert) =>
      el('li', {}, [
        statusMark(alert.severity),
        el('span', {}, [alert.summary]),
        el('span', { class: 'quiet since' }, [since(alert.fired_at)]),
      ]),
    ),
  );
}

export function showServers(servers, chosen, pick) {
  byId('server-count').textContent = servers.length;
  replaceItems(
    byId('servers'),
    servers.map((server) => serverRow(server, server.server_id === chosen, pick)),
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
    el('td', { class: 'extra' }, [spark(points.map((p) => p.cpu_avg))]),
    number(percent(memory)),
    number(percent(fullestDisk(values))),
    number(load === null ? '–' : load.toFixed(2), 'extra'),
    number(temperature === null ? '–' : `${temperature.toFixed(0)} °C`, 'extra'),
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

export function showExporters(exporters, chosen, pick) {
  byId('exporters-section').hidden = exporters.length === 0;
  byId('exporter-count').textContent = exporters.length;
  replaceItems(
    byId('exporters'),
    exporters.map((exporter) => exporterRow(exporter, exporter.name === chosen, pick)),
  );
}

function exporterRow(exporter, chosen, pick) {
  const { name, url, samples, duration_ms: tookMs, last_scrape: last, last_error: error } = exporter;
  return row({ id: name, name, chosen, title: url, pick }, [
    el('td', {}, [statusMark(exporter.health_status)]),
    number(samples === null ? '–' : countText(samples)),
    number(tookMs === null ? '–' : durationText(tookMs), 'extra'),
    el('td', { class: 'text', title: error ?? '' }, [error ?? '–']),
    number(since(last)),
  ]);
}

export function showServices(services) {
  byId('service-count').textContent = services.length;
  byId('services').replaceChildren(...services.map(serviceRow));
}

function serviceRow(service) {
  const last = service.last_check;
  const answer = last?.response_time_ms ?? null;
  return el('tr', {}, [
    el('td', {}, [service.name]),
    el('td', {}, [statusMark(service.status)]),
    number(answer === null ? '–' : `${answer.toFixed(1)} ms`),
    el('td', { class: 'quiet extra' }, [service.url]),
    el('td', { class: 'text', title: last?.error_message ?? '' }, [last?.error_message ?? '–']),
    number(since(last?.timestamp ?? null)),
  ]);
}
