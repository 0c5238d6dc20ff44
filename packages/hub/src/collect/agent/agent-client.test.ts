import type { Socket } from 'node:net';
import { systemClock } from '@guardia/kernel';
import type { CheckSpec } from '@guardia/model';
import { startFarSide } from '@guardia/testing';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BadAnswer, Unanswered } from '../http/bad-answer.ts';
import { serve, serveTcp } from '../test/servers.ts';
import { askAgent, askAgentToCheck, MAX_ANSWER_BYTES } from './agent-client.ts';

const TOO_LARGE = `the answer is larger than ${MAX_ANSWER_BYTES / 2 ** 20} MiB.`;

function setup() {
  const dispatcher = new Agent({ connections: 1 });
  onTestFinished(() => dispatcher.destroy());
  return {
    ask: (alias: string, timeoutMs = 5000, token: string | null = null) =>
      askAgent(dispatcher, systemClock, { alias, token, timeoutMs }),
  };
}

const json = { 'content-type': 'application/json' };

describe('agent client', () => {
  it('sends the token and gives the body', async () => {
    let seen: string | string[] | undefined;
    const alias = await serve((request, response) => {
      seen = request.headers['x-monitoring-secret'];
      response.writeHead(200, json).end('{"ok":1}');
    });
    await expect(setup().ask(alias, 5000, 'secret-1').reading).resolves.toBe('{"ok":1}');
    expect(seen).toBe('secret-1');
  });

  it('names the token, without its value, when the agent refuses it', async () => {
    const alias = await serve((_request, response) => response.writeHead(401, json).end('{}'));
    const error = await setup()
      .ask(alias, 5000, 'secret-1')
      .reading.catch((e: unknown) => e as Error);
    expect(error).toBeInstanceOf(BadAnswer);
    expect(String(error)).toMatch(/refused the token \(status 401\)/);
    expect(String(error)).not.toContain('secret-1');
  });

  it('refuses HTML', async () => {
    const alias = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>'),
    );
    await expect(setup().ask(alias).reading).rejects.toThrow(
      /the answer is text\/html, expected application\/json/,
    );
  });

  it('refuses an answer that says it is too large, and one that only turns out to be', async () => {
    const said = await serve((_request, response) =>
      response.writeHead(200, { ...json, 'content-length': 200 * 1024 * 1024 }).write('x'),
    );
    await expect(setup().ask(said).reading).rejects.toThrow(TOO_LARGE);
    const endless = await serve((_request, response) => {
      response.writeHead(200, json);
      const chunk = Buffer.alloc(1024 * 1024, 120);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    await expect(setup().ask(endless).reading).rejects.toThrow(TOO_LARGE);
  });

  it('gives up when an answer never comes, and when it comes byte by byte', async () => {
    const { address: silent } = await serveTcp(() => {});
    await expect(setup().ask(silent, 100).reading).rejects.toThrow(
      /^No answer from .* within 0\.1 s\. .*Try: curl/,
    );
    const dripping = await serve((_request, response) => {
      response.writeHead(200, json);
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    });
    await expect(setup().ask(dripping, 100).reading).rejects.toBeInstanceOf(Unanswered);
  });

  it('says that nothing listens', async () => {
    const { address: alias, close } = await serveTcp(() => {});
    await close();
    await expect(setup().ask(alias).reading).rejects.toThrow(`${alias}: connection refused.`);
  });

  it('asks again at once when the agent had closed the idle connection', async () => {
    const sockets: Socket[] = [];
    let answers = 0;
    const { address: alias } = await serveTcp((socket) => {
      sockets.push(socket);
      socket.on('data', () => {
        // the first connection answers once and then is gone without a word
        if (sockets.length === 1 && answers === 1) socket.resetAndDestroy();
        else {
          answers += 1;
          socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
        }
      });
    });
    const { ask } = setup();
    await expect(ask(alias).reading).resolves.toBe('{}');
    await expect(ask(alias).reading).resolves.toBe('{}');
    expect(sockets.length).toBe(2);
  });

  it('reports a connection that breaks in the middle of an answer', async () => {
    const { address: alias } = await serveTcp((socket) => {
      socket.on('data', () => {
        socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 200\r\n\r\n{');
      });
    });
    await expect(setup().ask(alias).reading).rejects.toThrow(/closed before the answer was complete/);
  });

  it('stops when it is cancelled', async () => {
    const { address: alias } = await serveTcp(() => {});
    const pending = setup().ask(alias);
    pending.cancel();
    await expect(pending.reading).rejects.toThrow('the poll was cancelled');
  });
});

describe('an agent that checks', () => {
  const spec: CheckSpec = {
    type: 'tcp',
    host: '10.0.0.7',
    port: 22,
    send: null,
    expect: null,
    timeoutMs: 3000,
    retries: 0,
    degradedMs: null,
    allowLinkLocal: false,
  };
  const ask = (alias: string, token: string | null = 'secret-1') => {
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.destroy());
    return askAgentToCheck(dispatcher, systemClock, { alias, token }, spec).reading;
  };

  it('gets the spec and the token, and gives what it answers', async () => {
    const farSide = await startFarSide({ script: () => ({ headers: json, body: '{"status":"up"}' }) });
    onTestFinished(() => farSide.stop());
    expect(await ask(`127.0.0.1:${farSide.port}`)).toEqual({ status: 'up' });
    const { method, path, headers, body } = farSide.requests[0]!;
    expect([method, path, headers.authorization, JSON.parse(body)]).toEqual([
      'POST',
      '/checks',
      'Bearer secret-1',
      spec,
    ]);
  });

  it.each([
    [400, "the agent doesn't understand this check (status 400). Update it, or change the check."],
    [401, 'the agent refused the token (status 401)'],
    [403, 'the agent checks nothing without a secret (status 403). Give it AGENT_SECRET'],
    [404, "the agent can't check (status 404). Update it"],
    [429, 'the agent has too many checks under way (status 429)'],
    [500, 'status 500, expected 200'],
  ])('says why it refuses: %i', async (status, text) => {
    const alias = await serve((_request, response) => response.writeHead(status, json).end('{}'));
    const error = await ask(alias).catch((e: unknown) => e as Error);
    expect(error).toBeInstanceOf(BadAnswer);
    expect(String(error)).toContain(text);
    expect(String(error)).not.toContain('secret-1');
  });

  it.each([
    [
      '{"error":{"message":"body: not usable, must be a text"}}',
      /change the check. It says: body: not usable/,
    ],
    [`{"error":{"message":"${'x'.repeat(1_000)}"}}`, /It says: x{300}\./],
    ['{"error":{"message":5}}', /change the check\.$/],
    ['null', /change the check\.$/],
    ['<', /change the check\.$/],
  ])('says what of a check the agent refuses: %s', async (body, text) => {
    const alias = await serve((_request, response) => response.writeHead(400, json).end(body));
    await expect(ask(alias)).rejects.toThrow(text);
  });

  it('says that an answer is not JSON, and that nothing listens', async () => {
    const alias = await serve((_request, response) => response.writeHead(200, json).end('<'));
    await expect(ask(alias)).rejects.toThrow('the answer is not JSON');
    const { address, close } = await serveTcp(() => {});
    await close();
    await expect(ask(address)).rejects.toBeInstanceOf(Unanswered);
  });
});
