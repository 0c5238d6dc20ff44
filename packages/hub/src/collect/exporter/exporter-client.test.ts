// What is asked of an exporter and what is made of its answer, over HTTP.
import type { IncomingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import { systemClock } from '@guardia/kernel';
import type { ExporterConfig } from '@guardia/model';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exporterConfig } from '../test/exporter-config.ts';
import { serve, serveTcp } from '../test/servers.ts';
import { Bytes } from './bytes.ts';
import { askExporter } from './exporter-client.ts';
import { ExporterReader } from './exporter-reader.ts';

const AT = 1_767_225_600_000;
const TEXT = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
const BODY = 'a{b="c"} 1\nd 2\n';
const READ = { up: 1, scrape_duration_seconds: 0.0012, scrape_samples_scraped: 2, 'a{b="c"}': 1, d: 2 };

function setup() {
  const dispatcher = new Agent({ connections: 1 });
  onTestFinished(() => dispatcher.destroy());
  const bytes = new Bytes();
  const reader = new ExporterReader('exp_a', {}, bytes);
  const pend = (over: Partial<ExporterConfig>) =>
    askExporter(dispatcher, systemClock, exporterConfig(over), (answer) =>
      reader.read(answer, { at: AT, now: AT, durationMs: 1.234 }),
    );
  /** The samples of the frame, or the sentence that says why there is none. */
  const scrape = async (url: string, over: Partial<ExporterConfig> = {}) => {
    try {
      const { frames } = await pend({ url, ...over }).reading;
      const { layout, values } = frames.at(-1)!;
      return Object.fromEntries(layout.keys.map((key, i) => [key, values[i]]));
    } catch (error) {
      return (error as Error).message;
    }
  };
  return { scrape, pend, bytes };
}

describe('an exporter is asked', () => {
  it('for OpenMetrics first, by its path and query, with its token', async () => {
    const seen: { url?: string | undefined; headers?: IncomingHttpHeaders } = {};
    const address = await serve((request, response) => {
      Object.assign(seen, { url: request.url, headers: request.headers });
      response.writeHead(200, TEXT).end(BODY);
    });
    const url = `http://${address}/probe?module=http_2xx&target=x%20y`;
    expect(await setup().scrape(url, { bearerToken: 'secret-1' })).toEqual(READ);
    expect(seen.url).toBe('/probe?module=http_2xx&target=x%20y');
    expect(seen.headers).toMatchObject({
      authorization: 'Bearer secret-1',
      'accept-encoding': 'gzip',
      'x-prometheus-scrape-timeout-seconds': '5',
    });
    expect(seen.headers?.accept).toMatch(/^application\/openmetrics-text;version=1\.0\.0.*text\/plain/);
  });

  it('with user and password of its url', async () => {
    let seen: string | undefined;
    const address = await serve((request, response) => {
      seen = request.headers.authorization;
      response.writeHead(200, TEXT).end(BODY);
    });
    await setup().scrape(`http://us%40er:pass@${address}/metrics`);
    expect(seen).toBe(`Basic ${Buffer.from('us@er:pass').toString('base64')}`);
  });
});

describe('an answer', () => {
  it.each<[string, Record<string, string>, string | Buffer]>([
    ['of text', TEXT, BODY],
    ['of no type', {}, BODY],
    ['of OpenMetrics', { 'content-type': 'application/openmetrics-text; version=1.0.0' }, `${BODY}# EOF\n`],
    ['packed with gzip', { ...TEXT, 'content-encoding': 'gzip' }, gzipSync(BODY)],
  ])('%s is read', async (_name, headers, body) => {
    const address = await serve((_request, response) => response.writeHead(200, headers).end(body));
    expect(await setup().scrape(`http://${address}/metrics`)).toEqual(READ);
  });

  it('in pieces is read', async () => {
    const address = await serve((_request, response) => {
      response.writeHead(200, TEXT);
      for (const piece of BODY) response.write(piece);
      response.end();
    });
    expect(await setup().scrape(`http://${address}/metrics`)).toEqual(READ);
  });

  it.each<[string, number, Record<string, string>, string | Buffer, RegExp]>([
    ['with a mistake', 200, TEXT, 'a 1\nb x\n', /line 2, column 3: must be a number, in "b x"\.$/],
    [
      'of HTML',
      200,
      { 'content-type': 'text/html' },
      '<h1>',
      /is text\/html, expected text\/plain.*\/metrics/,
    ],
    ['not found', 404, {}, '', /nothing is there \(status 404\)\. Most exporters.*\/metrics/],
    ['unauthorised', 401, {}, '', /refused the request \(status 401\)\. Set bearer_token/],
    [
      'elsewhere',
      302,
      { location: '/hidden' },
      '',
      /sends elsewhere \(status 302\), which is not followed\. Set url/,
    ],
    ['an error', 500, {}, 'oops', /status 500, expected 200/],
    ['packed otherwise', 200, { ...TEXT, 'content-encoding': 'br' }, 'x', /encoded as br, expected gzip/],
    ['not packed as it says', 200, { ...TEXT, 'content-encoding': 'gzip' }, BODY, /the answer is not gzip/],
    ['cut off', 200, { 'content-type': 'application/openmetrics-text' }, BODY, /must end with # EOF/],
  ])('%s is refused', async (_name, status, headers, body, error) => {
    const address = await serve((_request, response) => response.writeHead(status, headers).end(body));
    const message = await setup().scrape(`http://user:hidden@${address}/metrics?key=hidden`, {
      bearerToken: 'hidden',
    });
    expect(message).toMatch(error);
    expect(message).toContain(`http://${address}/metrics?key=*** answered, but `);
    expect(message).not.toContain('hidden');
  });

  it('that ends with its connection within a line is refused', async () => {
    const { address } = await serveTcp((socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nbytes_total 12'),
      ),
    );
    expect(await setup().scrape(`http://${address}/metrics`)).toMatch(
      /must end with a line feed, it is cut off/,
    );
  });

  it('that is too large is refused, and so is one that only turns out to be', async () => {
    const limit = 'the answer is larger than 32 MiB.';
    const said = await serve((_request, response) =>
      response.writeHead(200, { ...TEXT, 'content-length': 100_000_000 }).write('a 1\n'),
    );
    expect(await setup().scrape(`http://${said}/metrics`)).toMatch(limit);
    const endless = await serve((_request, response) => {
      response.writeHead(200, TEXT);
      const piece = Buffer.alloc(1024 * 1024, 'a 1\n');
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', more);
      more();
    });
    expect(await setup().scrape(`http://${endless}/metrics`)).toMatch(limit);
  });

  it('that is small and unpacks to a large one is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000, 'a 1\n'));
    expect(bomb.length).toBeLessThan(1_000_000);
    const address = await serve((_request, response) =>
      response.writeHead(200, { ...TEXT, 'content-encoding': 'gzip' }).end(bomb),
    );
    const { scrape, bytes } = setup();
    expect(await scrape(`http://${address}/metrics`)).toMatch('the unpacked answer is larger than 32 MiB.');
    expect(bytes.data.length).toBe(0);
  });

  it('that never comes is none', async () => {
    const { address } = await serveTcp(() => {});
    expect(await setup().scrape(`http://${address}/metrics`, { timeoutMs: 100 })).toBe(
      `No answer from http://${address}/metrics within 0.1 s. ` +
        'The exporter may be stopped, or a firewall may drop the port. Try to open its url from this machine.',
    );
  });

  it('that is cancelled is none', async () => {
    const { address } = await serveTcp(() => {});
    const pending = setup().pend({ url: `http://${address}/metrics` });
    pending.cancel();
    await expect(pending.reading).rejects.toThrow('the poll was cancelled');
  });
});

it('a large body leaves no large buffer behind', () => {
  const bytes = new Bytes();
  bytes.fill([Buffer.alloc(20_000_000)], 20_000_000);
  bytes.fill([Buffer.from(BODY)], BODY.length);
  expect(bytes.data.length).toBeLessThan(1_000_000);
  expect(bytes.text(0, bytes.length)).toBe(BODY);
});
