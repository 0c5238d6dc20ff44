// The page of the hub: lists from the API, kept fresh by the event stream, and what the reader chose among them. Everything
// that came from outside is set as text, never as markup; how each part looks is for the modules beside this one.
import { readAddress, writeAddress } from './address.js';
import { access, get, stream, Unauthorized } from './api.js';
import { byId } from './dom.js';
import { ExporterDetail } from './exporter-detail.js';
import { showAlerts, showExporters, showServers, showServices } from './lists.js';
import { hasPoints, readPoints, takePoint } from './live.js';
import { ServerDetail } from './server-detail.js';
import { showStorage } from './storage-panel.js';

/** So many servers have their last minutes read at the start; of others they come when they are chosen. */
const READ_AHEAD = 50;
const TICK_MS = 5000;
/** How often, in ticks, what no event tells about is read anew. */
const UNTOLD_TICKS = 3;

/** How each list is read. */
const LISTS = {
  servers: async () => (await get('/servers')).servers,
  services: async () => (await get('/services')).services,
  exporters: async () => (await get('/exporters')).exporters,
  alerts: async () => (await get('/alerts', { state: 'firing' })).alerts,
  storage: readStorage,
};

const lists = { servers: [], services: [], exporters: [], alerts: [], storage: null };
let chosen = readAddress();
let retryMs = 500;

const serverDetail = new ServerDetail((range) => choose({ range }));
const exporterDetail = new ExporterDetail({
  range: (range) => choose({ range }),
  series: (series) => choose({ series }),
});

async function load() {
  const { version } = await get('/health');
  byId('version').textContent = version === undefined ? '' : `version ${version}`;
  await Promise.all(Object.keys(LISTS).map(read));
  await Promise.all(lists.servers.slice(0, READ_AHEAD).map(({ server_id: id }) => readPoints(id)));
  await showChosen();
}

const read = async (list) => {
  lists[list] = await LISTS[list]();
};

/** The rest of the page matters most when storage is broken. */
async function readStorage() {
  try {
    return (await get('/stats')).storage;
  } catch (error) {
    if (error instanceof Unauthorized) throw error;
    return { failure: error.message };
  }
}

const isChosenServer = ({ server_id: id }) => id === chosen.server;

function connect() {
  const socket = stream();
  socket.onopen = () => {
    if (access.token !== null) socket.send(JSON.stringify({ type: 'auth', token: access.token }));
    retryMs = 500;
    live(true);
  };
  socket.onmessage = ({ data }) => take(JSON.parse(data));
  socket.onclose = () => {
    live(false);
    retry();
  };
}

function retry() {
  setTimeout(start, retryMs);
  retryMs = Math.min(retryMs * 2, 15_000);
}

function live(on) {
  byId('live').textContent = on ? 'live ●' : 'no connection, trying again';
  byId('live').classList.toggle('on', on);
}

/** Which list an event is about. */
const CONCERNS = {
  service_check: 'services',
  alert: 'alerts',
  server: 'servers',
  exporter: 'exporters',
  lagged: 'servers',
};

function take(event) {
  if (event.type !== 'metric') {
    if (CONCERNS[event.type] !== undefined) refreshSoon(CONCERNS[event.type]);
  } else if (event.server_id !== undefined) takeMetric(event);
}

function takeMetric(event) {
  const server = lists.servers.find(({ server_id: id }) => id === event.server_id);
  if (server === undefined) {
    refreshSoon('servers');
    return;
  }
  takePoint(event);
  server.health_status = 'up';
  server.last_seen = event.timestamp;
  renderSoon();
}

const due = new Map();

/** Reads a list anew, at most about three times a second. */
function refreshSoon(list) {
  if (!due.has(list)) due.set(list, setTimeout(refresh, 300, list));
}

async function refresh(list) {
  due.delete(list);
  try {
    await read(list);
  } catch {
    // The connection is lost as well, and coming back reads everything anew.
    return;
  }
  render();
}

let renderTimer;

/** Draws within a second: a large fleet sends hundreds of readings in that time. */
function renderSoon() {
  renderTimer ??= setTimeout(render, 1000);
}

function render() {
  clearTimeout(renderTimer);
  renderTimer = undefined;
  const { server, exporter, range, series } = chosen;
  showAlerts(lists.alerts);
  showServers(lists.servers, server, chooseServer);
  serverDetail.show(lists.servers.find(isChosenServer), range);
  showExporters(lists.exporters, exporter, chooseExporter);
  const shown = lists.exporters.find(({ name }) => name === exporter);
  exporterDetail.show(shown, range, series);
  showServices(lists.services);
  if (lists.storage !== null) showStorage(lists.storage);
}

function choose(change) {
  Object.assign(chosen, change);
  writeAddress(chosen);
  render();
}

async function chooseServer(server) {
  choose({ server });
  byId('server-detail').scrollIntoView({ block: 'nearest' });
  await showChosen();
}

/** Draws what is chosen, the first server when none is; its last minutes are read when they aren't held. */
async function showChosen() {
  if (!lists.servers.some(isChosenServer)) chosen.server = lists.servers[0]?.server_id ?? null;
  if (chosen.server !== null && !hasPoints(chosen.server)) await readPoints(chosen.server);
  render();
}

/** A second time closes it. */
function chooseExporter(name) {
  choose({ exporter: name === chosen.exporter ? null : name, series: [] });
}

async function start() {
  try {
    await load();
    byId('login').hidden = true;
    connect();
  } catch (error) {
    if (error instanceof Unauthorized) {
      byId('login').hidden = false;
      byId('login-error').textContent = access.token === null ? '' : 'The hub refused this token.';
      return;
    }
    live(false);
    retry();
  }
}

byId('login').onsubmit = (event) => {
  event.preventDefault();
  access.token = byId('token').value;
  start();
};

window.onhashchange = () => {
  chosen = readAddress();
  showChosen();
};

let ticks = 0;
setInterval(() => {
  render();
  ticks += 1;
  if (ticks % UNTOLD_TICKS !== 0 || document.hidden) return;
  refreshSoon('storage');
  if (lists.exporters.length > 0) refreshSoon('exporters');
}, TICK_MS);
start();
