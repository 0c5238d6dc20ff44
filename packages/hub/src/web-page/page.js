// The page of live readings: lists from the API, kept fresh by the event stream. Everything that came from outside
// is set as text, never as markup.
import { chart, spark } from './charts.js';
import { bytes, clock, el, percent, since, statusMark } from './dom.js';

const API = '/api/v1';
const WINDOW_MS = 5 * 60_000;
const byId = (id) => document.getElementById(id);

/** Points of the last five minutes by server id. */
const history = new Map();
let servers = [];
let services = [];
let alerts = [];
let selected = new URLSearchParams(location.search).get('server');
let token = sessionStorage.getItem('guardia.token');
let socket;
let retryMs = 500;

async function get(path) {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(API + path, { headers });
  if (response.status === 401) throw new Unauthorized();
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

class Unauthorized extends Error {}

async function load() {
  const [health, s, c, a] = await Promise.all(
    ['/health', '/servers', '/services', '/alerts?state=firing'].map(get),
  );
  byId('version').textContent = `version ${health.version}`;
  servers = s.servers;
  services = c.services;
  alerts = a.alerts;
  if (!servers.some((server) => server.server_id === selected)) selected = servers[0]?.server_id ?? null;
  await Promise.all(servers.slice(0, 50).map(loadHistory));
  render();
}

async function loadHistory({ server_id: id }) {
  const start = new Date(Date.now() - WINDOW_MS).toISOString();
  try {
    const { metrics } = await get(`/servers/${encodeURIComponent(id)}/metrics?start=${start}&limit=300`);
    history.set(id, metrics);
  } catch (error) {
    if (error instanceof Unauthorized) throw error;
    history.set(id, []);
  }
}

function connect() {
  const url = `${location.origin.replace('http', 'ws')}${API}/stream`;
  socket = new WebSocket(url);
  socket.onopen = () => {
    if (token !== null) socket.send(JSON.stringify({ type: 'auth', token }));
    retryMs = 500;
    live(true);
  };
  socket.onmessage = ({ data }) => take(JSON.parse(data));
  socket.onclose = () => {
    live(false);
    setTimeout(start, retryMs);
    retryMs = Math.min(retryMs * 2, 15_000);
  };
}

function live(on) {
  byId('live').textContent = on ? 'live ●' : 'no connection, trying again';
  byId('live').classList.toggle('on', on);
}

function take(event) {
  if (event.type === 'metric') takeMetric(event);
  else if (event.type === 'service_check') refreshSoon('services');
  else if (event.type === 'alert') refreshSoon('alerts');
  else if (event.type === 'server' || event.type === 'lagged') refreshSoon('servers');
}

function takeMetric(event) {
  const server = servers.find((one) => one.server_id === event.server_id);
  if (server === undefined) {
    refreshSoon('servers');
    return;
  }
  const points = history.get(event.server_id) ?? [];
  const oldest = Date.now() - WINDOW_MS;
  history.set(event.server_id, [...points.filter((p) => Date.parse(p.timestamp) >= oldest), event]);
  server.health_status = 'up';
  server.last_seen = event.timestamp;
  renderSoon();
}

const due = new Map();

/** Reads a list anew, at most once a second. */
function refreshSoon(list) {
  if (due.has(list)) return;
  due.set(
    list,
    setTimeout(() => refresh(list), 300),
  );
}

async function refresh(list) {
  due.delete(list);
  try {
    await read(list);
  } catch {
    // the connection is lost as well, and coming back reads everything anew
    return;
  }
  render();
}

async function read(list) {
  if (list === 'services') services = (await get('/services')).services;
  if (list === 'servers') servers = (await get('/servers')).servers;
  if (list === 'alerts') alerts = (await get('/alerts?state=firing')).alerts;
}

let renderTimer;

/** Draws within a second: a large fleet sends hundreds of readings in that time. */
function renderSoon() {
  renderTimer ??= setTimeout(render, 1000);
}

function render() {
  clearTimeout(renderTimer);
  renderTimer = undefined;

  renderAlerts();
  renderServers();
  renderServices();
  renderDetail();
}

function renderAlerts() {
  const title =
    alerts.length === 0 ? 'Nothing needs you' : `${alerts.length} need${alerts.length === 1 ? 's' : ''} you`;
  byId('attention-title').textContent = title;
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

function fullestDisk(values) {
  const shares = Object.entries(values).filter(
    ([key, v]) => key.startsWith('disk.used_percent') && v !== null,
  );
  return shares.length === 0 ? null : Math.max(...shares.map(([, v]) => v));
}

/** Bytes a second over all interfaces but the loopback, between two points; null where there is no point before. */
function rate(before, now, direction) {
  if (before === undefined || now === undefined) return null;
  const seconds = (Date.parse(now.timestamp) - Date.parse(before.timestamp)) / 1000;
  if (seconds <= 0) return null;
  let total = 0;
  for (const [key, value] of Object.entries(now.values)) {
    if (!key.startsWith(`network.${direction}_bytes`) || key.includes('"lo"')) continue;
    total += Math.max(0, value - (before.values[key] ?? value));
  }
  return total / seconds;
}

function renderServers() {
  byId('server-count').textContent = servers.length;
  byId('servers').replaceChildren(...servers.map(serverRow));
}

function serverRow(server) {
  const id = server.server_id;
  const [before, point] = [history.get(id)?.at(-2), history.get(id)?.at(-1)];
  const values = point?.values ?? {};
  const memory = point?.memory_total ? (100 * point.memory_used) / point.memory_total : null;
  const temperature = point?.temp_avg ?? null;
  const load = values['load.one'] ?? null;
  const number = (text) => el('td', { class: 'number' }, [text]);
  const row = el('tr', { 'data-id': id, tabindex: '0', 'aria-selected': String(id === selected) }, [
    el('td', {}, [server.display_name]),
    el('td', {}, [statusMark(server.health_status)]),
    number(percent(point?.cpu_avg ?? null)),
    el('td', {}, [spark((history.get(id) ?? []).map((p) => p.cpu_avg))]),
    number(percent(memory)),
    number(percent(fullestDisk(values))),
    number(load === null ? '–' : load.toFixed(2)),
    number(temperature === null ? '–' : `${temperature.toFixed(0)} °C`),
    number(`${bytes(rate(before, point, 'received'))} / ${bytes(rate(before, point, 'transmitted'))}`),
    number(since(server.last_seen)),
  ]);
  row.title = server.last_poll_error ?? `${id}, seen ${clock(server.last_seen)}`;
  row.onclick = () => select(id);
  row.onkeydown = ({ key }) => key === 'Enter' && select(id);
  return row;
}

function select(id) {
  selected = id;
  window.history.replaceState(null, '', `?server=${encodeURIComponent(id)}`);
  render();
}

function renderServices() {
  byId('service-count').textContent = services.length;
  byId('services').replaceChildren(
    ...services.map((service) => {
      const last = service.last_check;
      const answer = last?.response_time_ms ?? null;
      return el('tr', {}, [
        el('td', {}, [service.name]),
        el('td', {}, [statusMark(service.status)]),
        el('td', { class: 'number' }, [answer === null ? '–' : `${answer.toFixed(1)} ms`]),
        el('td', { class: 'quiet' }, [service.url]),
        el('td', { class: 'text', title: last?.error_message ?? '' }, [last?.error_message ?? '–']),
        el('td', { class: 'number' }, [since(last?.timestamp ?? null)]),
      ]);
    }),
  );
}

function renderDetail() {
  const server = servers.find((one) => one.server_id === selected);
  byId('detail').hidden = server === undefined;
  if (server === undefined) return;
  byId('detail-name').textContent = server.display_name;
  const { system = {}, cpus = {} } = server.latest_metrics ?? {};
  const facts = {
    system: [system.name, system.os_version].filter(Boolean).join(' '),
    kernel: system.kernel_version,
    host: system.host_name,
    cores: cpus.total,
    architecture: cpus.arch,
    address: server.server_id,
    sensors: server.latest_metrics?.components?.average_temperature == null ? 'no temperature' : undefined,
  };
  byId('facts').replaceChildren(
    ...Object.entries(facts)
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([name, value]) => el('div', {}, [el('dt', {}, [name]), el('dd', {}, [String(value)])])),
  );
  byId('charts').replaceChildren(...chartsOf(history.get(selected) ?? []));
}

/** Charts of one server. What this machine has no reading of makes no chart. */
function chartsOf(points) {
  const series = (read) =>
    points.map((point, i) => ({ at: Date.parse(point.timestamp), value: read(point, points[i - 1]) }));
  const memory = (p) => (p.memory_total ? (100 * p.memory_used) / p.memory_total : null);
  return [
    ['CPU', series((p) => p.cpu_avg), { max: 100, format: (v) => `${v.toFixed(1)} %` }],
    ['Memory', series(memory), { max: 100, format: (v) => `${v.toFixed(1)} %` }],
    ['Load, one minute', series((p) => p.values['load.one'] ?? null), { format: (v) => v.toFixed(2) }],
    ['Network in', series((p, before) => rate(before, p, 'received')), { format: bytes }],
    ['Temperature, mean', series((p) => p.temp_avg), { format: (v) => `${v.toFixed(1)} °C` }],
  ]
    .filter(([, values]) => values.some(({ value }) => value !== null))
    .map(([title, values, options]) => chart(title, values, options));
}

async function start() {
  try {
    await load();
    byId('login').hidden = true;
    connect();
  } catch (error) {
    if (error instanceof Unauthorized) {
      byId('login').hidden = false;
      byId('login-error').textContent = token === null ? '' : 'The hub refused this token.';
      return;
    }
    live(false);
    setTimeout(start, retryMs);
    retryMs = Math.min(retryMs * 2, 15_000);
  }
}

byId('login').onsubmit = (event) => {
  event.preventDefault();
  token = byId('token').value;
  sessionStorage.setItem('guardia.token', token);
  start();
};

setInterval(render, 5000);
start();
