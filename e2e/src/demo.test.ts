// What a newcomer does first: one command, a page with this machine's readings, Ctrl-C.
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Bench, freePort, until } from './programs.ts';

let bench: Bench;
afterEach(() => bench.close());

describe('guardia demo', () => {
  it('shows this machine and ends cleanly on Ctrl-C, leaving nothing behind', async () => {
    bench = new Bench();
    const port = await freePort();
    const demo = bench.guardia(['demo', '--port', String(port), '--interval', '1']);
    const [, folder] = await demo.printed(/files\s+(\S+)/);
    const url = `http://127.0.0.1:${port}`;
    await demo.printed(/memory \d+ %/);
    const page = await fetch(`${url}/`);
    expect(page.headers.get('content-type')).toMatch(/text\/html/);
    expect(await page.text()).toContain('<title>Guardia</title>');
    const { servers } = await until('the server to be up', async () => {
      const answer = (await (await fetch(`${url}/api/v1/servers`)).json()) as {
        servers: { health_status: string; display_name: string }[];
      };
      return answer.servers[0]?.health_status === 'up' && answer;
    });
    expect(servers[0]!.display_name).toBe('this machine');
    await until('the service to be up', async () => {
      const answer = (await (await fetch(`${url}/api/v1/services`)).json()) as {
        services: { status: string }[];
      };
      return answer.services[0]?.status === 'up';
    });
    expect(existsSync(folder!)).toBe(true);
    demo.signal('SIGINT');
    expect(await demo.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(folder!)).toBe(false);
  });
});
