// What the page shows, kept in the part of its address behind `#`: a link shows a colleague the same. What the parts mean
// is for page.js.
import { HOUR, SPANS } from './changes.js';
import { LIVE, RANGES } from './ranges.js';

/** `{ server, range, exporter, series, service, alert, target, since, filter }`; null where nothing is chosen. */
export function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const [range, since] = [parts.get('range'), parts.get('since')];
  return {
    server: parts.get('server'),
    range: Object.hasOwn(RANGES, range) ? range : LIVE,
    exporter: parts.get('exporter'),
    series: parts.getAll('series'),
    service: parts.get('service'),
    alert: parts.get('alert'),
    target: parts.get('target'),
    since: Object.hasOwn(SPANS, since) ? since : HOUR,
    filter: parts.get('filter') ?? '',
  };
}

export function writeAddress({ series, ...chosen }) {
  const given = Object.entries(chosen).filter(([, value]) => value !== null && value !== '');
  const parts = new URLSearchParams(given);
  for (const key of series) parts.append('series', key);
  window.history.replaceState(null, '', `#${parts}`);
}
