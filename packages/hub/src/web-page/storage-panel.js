// Says in plain words what storage holds and how it is doing. Counting is the hub's.
import { byId, definitions, el, statusMark } from './dom.js';
import { countText, dateAndClock, durationText, since, sizeText } from './format.js';

/** What each kind of stored row is to a reader, in the order in which readings pass through them. */
const KINDS = [
  ['log', 'log, for recovery'],
  ['blocks', 'every reading, of the day'],
  ['raw', 'every reading, of days that are over'],
  ['1m', '1-minute summaries'],
  ['5m', '5-minute summaries'],
  ['1h', 'hourly summaries'],
];

/** @param storage as `/api/v1/stats` has it, or `failure`: why it could not be read */
export function showStorage(storage) {
  const isRead = storage.failure === undefined;
  byId('storage').hidden = false;
  byId('storage-facts').hidden = !isRead;
  byId('storage-tiers').hidden = !isRead || storage.backend === 'none';
  if (isRead) showNumbers(storage);
  else
    byId('storage-trouble').replaceChildren(
      remark('critical', `Storage gives no numbers. ${storage.failure}`),
    );
}

function showNumbers(storage) {
  const isKept = storage.backend !== 'none';
  byId('storage-trouble').replaceChildren(...troublesOf(storage));
  definitions(
    byId('storage-facts'),
    isKept ? factsOf(storage) : { history: 'none: only the newest readings are held' },
  );
  byId('tiers').replaceChildren(
    ...KINDS.filter(([kind]) => storage.tiers[kind].rows > 0).map((kind) => tierRow(storage, kind)),
  );
}

function troublesOf(storage) {
  const troubles = [];
  if (storage.last_error !== null)
    troubles.push([
      'critical',
      `Writing is stuck: ${storage.last_error} Readings wait in memory until it works again.`,
    ]);
  if (storage.corrupt_chunks > 0)
    troubles.push([
      'critical',
      `${countText(storage.corrupt_chunks)} stored pieces are damaged; the log names them.`,
    ]);
  if (storage.archive !== null && storage.archive.problem !== null)
    troubles.push(['warning', `Nothing is archived: ${storage.archive.problem}`]);
  if (storage.samples_refused > 0)
    troubles.push([
      'warning',
      `${countText(storage.samples_refused)} samples were refused; the log says why.`,
    ]);
  return troubles.map(([severity, text]) => remark(severity, text));
}

const remark = (severity, text) => el('li', {}, [statusMark(severity), el('span', {}, [text])]);

function factsOf(storage) {
  return {
    'a sample takes': storage.bytes_per_sample === null ? '' : `${storage.bytes_per_sample.toFixed(2)} bytes`,
    size: storage.file_bytes > 0 ? `${sizeText(storage.file_bytes)} (${storage.backend})` : storage.backend,
    series: countText(storage.series),
    'waiting to be packed': storage.samples_open > 0 ? `${countText(storage.samples_open)} samples` : '',
    written: writtenText(storage),
    'waiting for the database': spoolText(storage),
    archive: archiveText(storage.archive),
    'last clean-up': cleanUpText(storage.last_clean_up),
  };
}

function writtenText({ flush_lag_ms: lagMs, last_flush_at: at, last_flush_ms: tookMs }) {
  if (at === null) return 'nothing yet';
  const last = `last ${since(at)} ago in ${durationText(tookMs)}`;
  return lagMs > 0 ? `${last}; the oldest reading waits ${durationText(lagMs)}` : `all, ${last}`;
}

function spoolText({ spool_bytes: sizeBytes, spool_oldest_at: at }) {
  return sizeBytes > 0 ? `${sizeText(sizeBytes)} on this machine's disk, since ${since(at)}` : '';
}

function archiveText(archive) {
  if (archive === null) return '';
  const { bytes, files, archived_until: until, days_waiting: days } = archive;
  const size = bytes === null ? [] : [`${sizeText(bytes)} in ${countText(files)} files`];
  const reach = until === null ? [] : [`all before ${dateAndClock(until)}`];
  const waiting = days > 0 ? [`${countText(days)} ${days === 1 ? 'day waits' : 'days wait'}`] : [];
  return [...size, ...reach, ...waiting].join('; ');
}

function cleanUpText(cleanUp) {
  if (cleanUp === null) return 'not yet';
  const deleted = Object.values(cleanUp.deleted);
  const points = deleted.reduce((sum, one) => sum + one.points, 0);
  const bytes = deleted.reduce((sum, one) => sum + one.bytes, 0);
  const what =
    points === 0 ? 'nothing was too old' : `${countText(points)} points, ${sizeText(bytes)} deleted`;
  return `${dateAndClock(cleanUp.at)}, ${what}`;
}

function tierRow({ tiers }, [kind, name]) {
  const { points, bytes } = tiers[kind];
  return el('tr', {}, [
    el('td', {}, [name]),
    el('td', { class: 'number' }, [kind === 'log' ? '–' : countText(points)]),
    el('td', { class: 'number' }, [sizeText(bytes)]),
  ]);
}
