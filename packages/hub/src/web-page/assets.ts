// The files of the page of live readings, from the folder beside this file or, in a bundle, from inside it.
import { readFileSync } from 'node:fs';

/** Files of the page by name, put in by the build; absent when running from source. */
declare const GUARDIA_BUNDLED_PAGE: Readonly<Record<string, string>> | undefined;

/** One file as it is served. */
export interface PageFile {
  readonly body: string;
  readonly type: string;
}

/** Path on the server, file, content type. */
const FILES: readonly (readonly [path: string, file: string, type: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/assets/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/assets/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/assets/charts.js', 'charts.js', 'text/javascript; charset=utf-8'],
  ['/assets/dom.js', 'dom.js', 'text/javascript; charset=utf-8'],
];

/** Reads all files of the page, by path. */
export function loadPage(): ReadonlyMap<string, PageFile> {
  return new Map(FILES.map(([path, file, type]) => [path, { body: read(file), type }]));
}

function read(file: string): string {
  if (typeof GUARDIA_BUNDLED_PAGE !== 'undefined') return GUARDIA_BUNDLED_PAGE[file] ?? '';
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
