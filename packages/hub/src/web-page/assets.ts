// The files of the page of live readings, from the folder beside this file or, in a bundle, from inside it. Serving them
// is left to the API.
import { readFileSync } from 'node:fs';

/** Files of the page by name, put in by the build; absent when running from source. */
declare const GUARDIA_BUNDLED_PAGE: Readonly<Record<string, string>> | undefined;

/** One file as it is served. */
export interface PageFile {
  readonly body: string;
  readonly type: string;
}

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** What is served under `/assets/`. */
const ASSETS: Readonly<Record<string, string>> = {
  'address.js': JAVASCRIPT,
  'api.js': JAVASCRIPT,
  'attention.js': JAVASCRIPT,
  'changes.js': JAVASCRIPT,
  'chart-panel.js': JAVASCRIPT,
  'chart.js': JAVASCRIPT,
  'charts.css': CSS,
  'connection.js': JAVASCRIPT,
  'dead.js': JAVASCRIPT,
  'doubts.js': JAVASCRIPT,
  'dom.js': JAVASCRIPT,
  'drawing.js': JAVASCRIPT,
  'echoes.js': JAVASCRIPT,
  'exporter-charts.js': JAVASCRIPT,
  'exporter-detail.js': JAVASCRIPT,
  'filter.js': JAVASCRIPT,
  'format.js': JAVASCRIPT,
  'incident.js': JAVASCRIPT,
  'incidents.css': CSS,
  'keys.js': JAVASCRIPT,
  'known.js': JAVASCRIPT,
  'lists.js': JAVASCRIPT,
  'live.js': JAVASCRIPT,
  'notifiers.js': JAVASCRIPT,
  'operate.js': JAVASCRIPT,
  'page.css': CSS,
  'page.js': JAVASCRIPT,
  'press.js': JAVASCRIPT,
  'ranges.js': JAVASCRIPT,
  'scale.js': JAVASCRIPT,
  'server-charts.js': JAVASCRIPT,
  'server-detail.js': JAVASCRIPT,
  'service-charts.js': JAVASCRIPT,
  'service-detail.js': JAVASCRIPT,
  'service-list.js': JAVASCRIPT,
  'silences.js': JAVASCRIPT,
  'storage-panel.js': JAVASCRIPT,
  'stored.js': JAVASCRIPT,
  'target-actions.js': JAVASCRIPT,
  'told.js': JAVASCRIPT,
  'uptime-bars.js': JAVASCRIPT,
};

/** Reads all files of the page, by path. */
export function loadPage(): ReadonlyMap<string, PageFile> {
  const index: PageFile = { body: read('index.html'), type: 'text/html; charset=utf-8' };
  const assets = Object.entries(ASSETS).map(
    ([file, type]) => [`/assets/${file}`, { body: read(file), type }] as const,
  );
  return new Map([['/', index], ...assets]);
}

function read(file: string): string {
  if (typeof GUARDIA_BUNDLED_PAGE !== 'undefined') return GUARDIA_BUNDLED_PAGE[file] ?? '';
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
