// What the page shows, kept in the part of its address behind `#`: a link shows a colleague the same. What the parts mean
// is for page.js.
import { LIVE, RANGES } from './ranges.js';

/** `{ server, range, exporter, series }`; null where nothing is chosen. */
export function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const range = parts.get('range');
  return {
    server: parts.get('server'),
    range: Object.hasOwn(RANGES, range) ? range : LIVE,
    exporter: parts.get('exporter'),
    series: parts.getAll('series'),
  };
}

export function writeAddress({ server, range, exporter, series }) {
  const parts = new URLSearchParams();
  if (server !== null) parts.set('server', server);
  parts.set('range', range);
  if (exporter !== null) parts.set('exporter', exporter);
  for (const key of series) parts.append('series', key);
  window.history.replaceState(null, '', `#${parts}`);
}
