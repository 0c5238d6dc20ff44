// The page of the hub: lists from the API, kept fresh by the event stream, and what the reader chose among them. Everything
// that came from outside is set as text, never as markup; how each part looks is for the modules beside this one.
import { readAddress, writeAddress } from './address.js';
import { access, get, Unauthorized } from './api.js';
import { Attention } from './attention.js';
import { Changes, MAX_CHANGES } from './changes.js';
import { Connection } from './connection.js';
import { byId } from './dom.js';
import { ExporterDetail } from './exporter-detail.js';
import { filterOf } from './filter.js';
import { Incident } from './incident.js';
import { listenToKeys } from './keys.js';
import { exporterFields, serverFields, showExporters, showServers } from './lists.js';
import { hasPoints, readPoints, takePoint } from './live.js';
import { pressed } from './press.js';
import { ServerDetail } from './server-detail.js';
import { ServiceDetail } from './service-detail.js';
import { serviceFields, showServices } from './service-list.js';
import { showStorage } from './storage-panel.js';
import { readBars } from './uptime-bars.js';

/** So many servers have their last minutes read at the start; of others they come when they are chosen. */
const READ_AHEAD = 50;
const TICK_MS = 5000;
/** How often, in ticks, what no event tells about is read anew. */
const UNTOLD_TICKS = 3;
const BARS_TICKS = 60;
const SOON_MS = 300;
/** What happened is on the time line a second or two later. */
const TIMELINE_MS = 2500;
const MAX_DEAD = 20;
const HOUR_MS = 3_600_000;

/** How each list is read. */
const LISTS = {
  servers: async () => (await get('/servers')).servers,
  services: async () => (await get('/services')).services,
  exporters: async () => (await get('/exporters')).exporters,
  alerts: async () => (await get('/alerts', { state: 'firing' })).alerts,
  silences: async () => (await get('/silences')).silences,
  dead: async () => (await get('/deliveries', { state: 'dead', limit: MAX_DEAD })).deliveries,
  storage: () => orFailure(async () => (await get('/stats')).storage),
  bars: async () => {
    const bars = await orFailure(readBars);
    return bars.failure === undefined ? bars : null;
  },
  changes: () => orFailure(readChanges),
};

const lists = {
  servers: [],
  services: [],
  exporters: [],
  alerts: [],
  silences: [],
  dead: [],
  storage: null,
  bars: null,
  changes: { entries: [] },
};
let chosen = readAddress();

const changed = () => refreshAll('alerts', 'silences', 'dead');
const openAlert = (alert) => {
  choose({ alert });
  byId('incident').scrollIntoView({ block: 'nearest' });
  byId('incident-close').focus({ preventScroll: true });
};
const attention = new Attention({ open: openAlert, changed });
const incident = new Incident({ close: () => choose({ alert: null }), changed });
const changes = new Changes({ open: openAlert, pick: pickTarget });
const pickRange = (range) => choose({ range });
const serverDetail = new ServerDetail(pickRange);
const serviceDetail = new ServiceDetail({ range: pickRange, close: () => choose({ service: null }) });
const exporterDetail = new ExporterDetail({ range: pickRange, series: (series) => choose({ series }) });
const connection = new Connection(take, start);

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
async function orFailure(reading) {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof Unauthorized) throw error;
    return { failure: error.message };
  }
}

/** Of the target that is chosen when the answer comes. */
async function readChanges() {
  const { target } = chosen;
  const start = new Date(Date.now() - HOUR_MS).toISOString();
  const asked = { start, limit: MAX_CHANGES, target: target ?? undefined };
  const { timeline, next } = await get('/timeline', asked);
  return target === chosen.target ? { entries: timeline, isCut: next !== undefined } : readChanges();
}

const isChosenServer = ({ server_id: id }) => id === chosen.server;

/** Which lists an event is about. */
const CONCERNS = {
  service_check: ['services'],
  alert: ['alerts', 'silences', 'changes'],
  delivery: ['dead', 'changes'],
  server: ['servers', 'changes'],
  exporter: ['exporters', 'changes'],
  fact: ['changes'],
  actor: ['changes'],
  // What happened between reading the lists and the first event was told to nobody.
  authenticated: ['servers', 'services', 'exporters', 'alerts', 'silences', 'dead', 'changes'],
  lagged: Object.keys(LISTS),
};

function take(event) {
  if (event.type === 'metric') {
    if (event.server_id !== undefined) takeMetric(event);
    return;
  }
  for (const list of CONCERNS[event.type] ?? []) refreshSoon(list);
  if (event.type === 'service_check' && isNews(event))
    for (const list of ['changes', 'bars']) refreshSoon(list);
}

/** A service became something else. */
function isNews({ service_name: name, status }) {
  return lists.services.find((service) => service.name === name)?.status !== status;
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
  const waitMs = list === 'changes' ? TIMELINE_MS : SOON_MS;
  if (!due.has(list)) due.set(list, setTimeout(refresh, waitMs, list));
}

async function refresh(list) {
  due.delete(list);
  await refreshAll(list);
  // What the time line has of an alert has grown as well.
  if (list === 'changes') incident.show(chosen.alert);
}

async function refreshAll(...names) {
  try {
    await Promise.all(names.map(read));
  } catch {
    // The connection is lost as well, and coming back reads everything anew.
    return;
  }
  if (names.includes('dead')) incident.show(chosen.alert);
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
  const press = pressed();
  if (press === null) draw();
  else press.then(render);
}

function draw() {
  const { range, series, target } = chosen;
  const { servers, exporters, services } = found();
  attention.show(lists);
  showServers(servers, { chosen: chosen.server, pick: chooseServer, total: lists.servers.length });
  serverDetail.show(lists.servers.find(isChosenServer), range);
  showExporters(exporters, { chosen: chosen.exporter, pick: chooseExporter, total: lists.exporters.length });
  exporterDetail.show(
    lists.exporters.find(({ name }) => name === chosen.exporter),
    range,
    series,
  );
  const total = lists.services.length;
  showServices(services, { bars: lists.bars, chosen: chosen.service, pick: chooseService, total });
  serviceDetail.show(
    lists.services.find(({ name }) => name === chosen.service),
    range,
  );
  changes.show(lists.changes, target, targetNames());
  if (lists.storage !== null) showStorage(lists.storage);
}

/** What the filter finds. */
function found() {
  const isMeant = filterOf(chosen.filter);
  return {
    servers: lists.servers.filter((server) => isMeant(serverFields(server))),
    exporters: lists.exporters.filter((exporter) => isMeant(exporterFields(exporter))),
    services: lists.services.filter((service) => isMeant(serviceFields(service))),
  };
}

function targetNames() {
  const servers = lists.servers.map(({ target_id: id, display_name: name }) => [id, name]);
  const others = [...lists.services, ...lists.exporters].map(({ target_id: id, name }) => [id, name]);
  return [...servers, ...others];
}

function choose(change) {
  Object.assign(chosen, change);
  writeAddress(chosen);
  if ('alert' in change) incident.show(chosen.alert);
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
  byId('filter').value = chosen.filter;
  incident.show(chosen.alert);
  render();
}

/** A second time closes it. */
function chooseExporter(name) {
  choose({ exporter: name === chosen.exporter ? null : name, series: [] });
}

/** As `chooseExporter`. */
function chooseService(name) {
  choose({ service: name === chosen.service ? null : name });
}

function pickTarget(target) {
  choose({ target });
  refresh('changes');
}

/** What matters most first. */
function closeOne() {
  const open = ['alert', 'service', 'exporter'].find((one) => chosen[one] !== null);
  if (open !== undefined) choose({ [open]: null, ...(open === 'exporter' && { series: [] }) });
}

async function start() {
  try {
    await load();
    byId('login').hidden = true;
    connection.open();
  } catch (error) {
    if (error instanceof Unauthorized) {
      byId('login').hidden = false;
      byId('login-error').textContent = access.token === null ? '' : 'The hub refused this token.';
      return;
    }
    connection.retry();
  }
}

byId('login').onsubmit = (event) => {
  event.preventDefault();
  access.token = byId('token').value;
  start();
};

window.onhashchange = () => {
  chosen = readAddress();
  refreshSoon('changes');
  showChosen();
};

listenToKeys({ closeOne, setFilter: (filter) => choose({ filter }) });

let ticks = 0;
setInterval(() => {
  render();
  ticks += 1;
  if (ticks % UNTOLD_TICKS !== 0 || document.hidden) return;
  for (const list of ['storage', 'silences', 'dead', 'changes']) refreshSoon(list);
  if (lists.exporters.length > 0) refreshSoon('exporters');
  if (ticks % BARS_TICKS === 0) refreshSoon('bars');
}, TICK_MS);
start();
