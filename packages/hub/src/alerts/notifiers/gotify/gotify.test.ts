import { TestClock } from '@guardia/kernel';
import { startFarSide } from '@guardia/testing';
import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { messageOf, NOTIFIER_BASE, noticeOf, notifierConformance, SECRET } from '../conformance.ts';
import { createGotifyNotifier } from './gotify.ts';

const BASE = { ...NOTIFIER_BASE, type: 'gotify', token: SECRET } as const;

notifierConformance('gotify', (url, deps) => createGotifyNotifier({ ...BASE, url }, deps), {
  target: (path, query) => `${path}/message${query}`,
  maxBodyBytes: 65_536,
});

test('posts to the messages of the application, the worse the louder', async () => {
  const agent = new Agent();
  const farSide = await startFarSide();
  try {
    const deps = { dispatcher: agent, clock: new TestClock() };
    const notifier = createGotifyNotifier({ ...BASE, url: `${farSide.url}/` }, deps);
    const { signal } = new AbortController();
    await notifier.send(messageOf(noticeOf({ alert: { severity: 'critical' } })), signal);
    await notifier.send(messageOf(noticeOf({ notice: { kind: 'resolved' } })), signal);
    const [fired, recovered] = farSide.requests;
    expect([fired!.path, fired!.headers['x-gotify-key']]).toEqual(['/message', SECRET]);
    expect(JSON.parse(fired!.body)).toEqual({
      title: 'High CPU usage: web-1',
      message: expect.stringMatching(/^web-1: CPU 97\.3 %[\s\S]*\n\nGuardia, critical, alt_abc:firing$/),
      priority: 8,
    });
    expect(JSON.parse(recovered!.body)).toMatchObject({ priority: 4 });
  } finally {
    await agent.destroy();
    await farSide.stop();
  }
});
