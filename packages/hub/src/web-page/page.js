// The page of the hub: what is known, kept fresh by the event stream, and what the reader chose among it. Everything that
// came from outside is set as text, never as markup; how each part looks is for the modules beside this one.
import { readAddress, writeAddress } from './address.js';
import { access, Unauthorized } from './api.js';
import { Attention } from './attention.js';
import { Changes } from './changes.js';
import { Connection } from './connection.js';
import { showDead } from './dead.js';
import { byId } from './dom.js';
import { showDoubts } from './doubts.js';
import { ExporterDetail } from './exporter-detail.js';
import { filterOf } from './filter.js';
import { Incident } from './incident.js';
import { listenToKeys } from './keys.js';
import { failing, LIST_NAMES, lists, read } from './known.js';
import { exporterFields, serverFields, showExporters, showServers } from './lists.js';
import { hasPoints, readPoints, takePoint } from './live.js';
import { showNotifiers } from './notifiers.js';
import { leave, showCaller } from './operate.js';
import { pressed } from './press.js';
import { ServerDetail } from './server-detail.js';
import { ServiceDetail } from './service-detail.js';
import { serviceFields, showServices } from './service-list.js';
import { showSilences } from './silences.js';
import { showStorage } from './storage-panel.js';

/** So many servers have their last minutes read at the start; of others they come when they are chosen. */
const READ_AHEAD = 50;
const TICK_MS = 5000;
/** How often, in ticks, what no event tells about is read anew. */
const UNTOLD_TICKS = 3;
const BARS_TICKS = 60;
const SOON_MS = 300;
/** What happened is on the time line a second or two later. */
const TIMELINE_MS = 2500;

const chosen = readAddress();

const changed = () => refreshAll('alerts', 'silences', 'dead');
const openAlert = (alert) => {
  choose({ alert });
  byId('incident').scrollIntoView({ block: 'start' });
  byId('incident-close').focus({ preventScroll: true });
};
const attention = new Attention({ open: openAlert, changed });
const incident = new Incident({
  close: () => choose({ alert: null }),
  changed,
  silences: () => lists.silences,
});
const changes = new Changes({ open: openAlert, pick: pickTarget, since: pickSince });
const pickRange = (range) => choose({ range });
const serverDetail = new ServerDetail({ range: pickRange, close: () => choose({ server: null }), changed });
const serviceDetail = new ServiceDetail({
  range: pickRange,
  close: () => choose({ service: null }),
  changed,
});
const exporterDetail = new ExporterDetail({
  range: pickRange,
  series: (series) => choose({ series }),
  close: () => choose({ exporter: null, series: [] }),
});
const connection = new Connection(take, start);

async function load() {
  await Promise.all(LIST_NAMES.map((list) => read(list, chosen)));
  await Promise.all(lists.servers.slice(0, READ_AHEAD).map(({ server_id: id }) => readPoints(id)));
  await showChosen();
}

const isChosenServer = ({ server_id: id }) => id === chosen.server;

/** Which lists an event is about. */
const CONCERNS = {
  service_check: ['services'],
  alert: ['alerts', 'silences', 'changes'],
  delivery: ['dead', 'changes'],
  silence: ['alerts', 'silences', 'changes'],
  maintenance: ['alerts', 'changes'],
  server: ['servers', 'changes'],
  exporter: ['exporters', 'changes'],
  fact: ['changes'],
  actor: ['changes'],
  // What happened between reading the lists and the first event was told to nobody.
  authenticated: ['servers', 'services', 'exporters', 'alerts', 'silences', 'dead', 'changes'],
  lagged: LIST_NAMES,
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
    await Promise.all(names.map((list) => read(list, chosen)));
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
  const { range, series } = chosen;
  const { servers, exporters, services } = found();
  const { version } = lists.health;
  byId('version').textContent = version === undefined ? '' : `version ${version}`;
  showDoubts(lists.health);
  if (lists.caller !== null) showCaller(lists.caller);
  if (lists.alerts !== null) attention.show(lists);
  showDead(lists.dead, { open: openAlert, changed });
  showSilences(lists.silences, { names: new Map(targetNames()), changed });
  showNotifiers(lists.notifiers);
  showTrouble();
  showWatched();
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
  changes.show(lists.changes, chosen, targetNames());
  if (lists.storage !== null) showStorage(lists.storage);
}

function showTrouble() {
  const [[list, reason] = []] = failing;
  byId('trouble').textContent =
    list === undefined ? '' : `What is shown may be old: ${list} could not be read. ${reason}`;
}

/** That nothing needs anybody says little of a hub that watches nothing. */
function showWatched() {
  const isAny = [lists.servers, lists.services, lists.exporters].some(({ length }) => length > 0);
  byId('filter-line').hidden = !isAny;
  byId('nothing-watched').textContent =
    isAny || lists.alerts === null
      ? ''
      : 'Nothing is watched yet. Name servers, services or exporters in the configuration and reload it.';
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

/** A second time closes it. */
async function chooseServer(id) {
  const server = id === chosen.server ? null : id;
  choose({ server });
  if (server === null) return;
  bringIntoView('server-detail');
  await showChosen();
}

/** Below the list, which may be longer than the window. */
function bringIntoView(id) {
  byId(id).scrollIntoView({ block: 'nearest' });
}

/** Draws what is chosen; of servers the only one when none is. Its last minutes are read when they aren't held. */
async function showChosen() {
  if (!lists.servers.some(isChosenServer))
    chosen.server = lists.servers.length === 1 ? lists.servers[0].server_id : null;
  if (chosen.server !== null && !hasPoints(chosen.server)) await readPoints(chosen.server);
  byId('filter').value = chosen.filter;
  incident.show(chosen.alert);
  render();
}

/** A second time closes it. */
function chooseExporter(name) {
  choose({ exporter: name === chosen.exporter ? null : name, series: [] });
  if (chosen.exporter !== null) bringIntoView('exporter-detail');
}

/** As `chooseExporter`. */
function chooseService(name) {
  choose({ service: name === chosen.service ? null : name });
  if (chosen.service !== null) bringIntoView('service-detail');
}

function pickTarget(target) {
  choose({ target });
  refresh('changes');
}

function pickSince(since) {
  choose({ since });
  refresh('changes');
}

/** What matters most first. */
function closeOne() {
  const open = ['alert', 'service', 'exporter', 'server'].find((one) => chosen[one] !== null);
  if (open !== undefined) choose({ [open]: null, ...(open === 'exporter' && { series: [] }) });
}

async function start() {
  try {
    await load();
    showLogin(false);
    connection.open();
  } catch (error) {
    if (error instanceof Unauthorized) showLogin(true);
    else connection.retry(error.message);
  }
}

/** Instead of lists that could not be read. */
function showLogin(isWanted) {
  document.body.classList.toggle('locked', isWanted);
  byId('login').hidden = !isWanted;
  if (!isWanted) return;
  byId('live').textContent = '';
  byId('login-error').textContent = access.token === null ? '' : 'The hub refused this token.';
  byId('token').select();
}

byId('login').onsubmit = (event) => {
  event.preventDefault();
  access.token = byId('token').value;
  start();
};

byId('leave').onclick = leave;

window.onhashchange = () => {
  Object.assign(chosen, readAddress());
  refreshSoon('changes');
  showChosen();
};

listenToKeys({ closeOne, setFilter: (filter) => choose({ filter }) });

let ticks = 0;
setInterval(() => {
  render();
  ticks += 1;
  if (ticks % UNTOLD_TICKS !== 0 || document.hidden) return;
  for (const list of ['health', 'storage', 'alerts', 'silences', 'dead', 'changes', 'caller', 'notifiers'])
    refreshSoon(list);
  if (lists.exporters.length > 0) refreshSoon('exporters');
  if (ticks % BARS_TICKS === 0) refreshSoon('bars');
}, TICK_MS);
start();
