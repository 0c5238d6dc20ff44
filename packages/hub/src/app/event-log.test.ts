import type { Alert, Delivery, HubEvent } from '@guardia/model';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { logEvent } from './event-log.ts';

const alert = { id: 'alt_1', severity: 'critical', summary: 'Disk / of web-1 is 96 %', firedAt: 1 };
const delivery = { id: 'dlv_1', alertId: 'alt_1', notifier: 'ops', attempts: 1, lastError: 'status 503' };

function lines(event: object): string[] {
  const written: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => written.push(line) });
  logEvent(log, { at: 1, targetId: 'srv_1', ...event } as HubEvent, () => 'web-1');
  return written.map((line) => {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string };
    return `${log.levels.labels[level]}: ${msg}`;
  });
}

it.each<[string, object, string[]]>([
  ['a server that is gone', { type: 'server', health: 'down', message: 'No answer.' }, ['warn: No answer.']],
  ['a server that is stale', { type: 'server', health: 'stale', message: null }, ['warn: server is stale']],
  ['a server that is back', { type: 'server', health: 'up', message: null }, ['info: server is up']],
  [
    'an exporter that is stale',
    { type: 'exporter', health: 'stale', message: null },
    ['warn: exporter is stale'],
  ],
  ['an exporter that is back', { type: 'exporter', health: 'up', message: null }, ['info: exporter is up']],
  [
    'an alert that fires',
    { type: 'alert', alert: { ...alert, state: 'firing' } as Alert },
    [`warn: ${alert.summary}`],
  ],
  [
    'an alert that is over',
    { type: 'alert', alert: { ...alert, state: 'resolved' } as Alert },
    [`info: ${alert.summary}`],
  ],
  [
    'an alert that never fired',
    { type: 'alert', alert: { ...alert, state: 'resolved', firedAt: null } as Alert },
    [],
  ],
  ['a pending alert', { type: 'alert', alert: { ...alert, state: 'pending' } as Alert }, []],
  [
    'a failed delivery',
    { type: 'delivery', delivery: { ...delivery, state: 'pending' } as Delivery },
    ['warn: delivery failed, will try again: status 503'],
  ],
  [
    'a dead delivery',
    { type: 'delivery', delivery: { ...delivery, state: 'dead' } as Delivery },
    ['error: delivery given up: status 503'],
  ],
  [
    'a delivery that went out',
    { type: 'delivery', delivery: { ...delivery, state: 'delivered' } as Delivery },
    [],
  ],
  ['a reading', { type: 'metric' }, []],
  ['a check', { type: 'service_check' }, []],
  ['what the hub logs itself', { type: 'actor' }, []],
])('%s', (_name, event, expected) => {
  expect(lines(event)).toEqual(expected);
});
