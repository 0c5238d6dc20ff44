// Asks one exporter for its readings: where, and with what headers. The exchange itself is http's, what the answer says
// the reader's.
import type { Clock } from '@guardia/kernel';
import type { ExporterConfig } from '@guardia/model';
import type { Dispatcher } from 'undici';
import { type Answer, askFor, type Pending } from '../http/exchange.ts';
import { MAX_EXPOSITION_BYTES } from './exporter-reader.ts';
import { shownUrl } from './shown-url.ts';

/** OpenMetrics where the exporter has it, names in any Unicode where it knows them. */
const ACCEPT =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8,' +
  'application/openmetrics-text;version=1.0.0;q=0.9,' +
  'text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

/** Asks for the exposition. */
export function askExporter<Reading>(
  dispatcher: Dispatcher,
  clock: Clock,
  { url, timeoutMs, bearerToken }: ExporterConfig,
  read: (answer: Answer) => Reading,
): Pending<Reading> {
  const { origin, pathname, search, username, password } = new URL(url);
  const headers: Record<string, string> = {
    accept: ACCEPT,
    'accept-encoding': 'gzip',
    'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1_000),
  };
  if (bearerToken !== null) headers.authorization = `Bearer ${bearerToken}`;
  else if (username !== '') headers.authorization = basic(username, password);
  const request = {
    origin,
    path: pathname + search,
    headers,
    timeoutMs,
    maxBytes: MAX_EXPOSITION_BYTES,
    name: shownUrl(url),
    hint: 'The exporter may be stopped, or a firewall may drop the port. Try to open its url from this machine.',
  };
  return askFor(dispatcher, clock, request, read);
}

function basic(username: string, password: string): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
