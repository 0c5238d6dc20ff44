import { EventBus } from '@guardia/kernel';
import type { EventStream } from '@guardia/hub';
import type { Frame, HubEvent } from '@guardia/model';
import { expect, onTestFinished, test } from 'vitest';
import { followReadings, readingsLine } from './readings-line.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function frame(values: Readonly<Record<string, number>>): Frame {
  return {
    targetId: 'srv_a',
    at: AT,
    layout: { keys: Object.keys(values) },
    values: Float64Array.from(Object.values(values)),
  };
}

const FULL = frame({
  'cpu.usage': 12.6,
  'memory.used_percent': 40.4,
  'disk.used_percent{mount="/home"}': 99,
  'disk.used_percent{mount="/"}': 71,
  'load.one': 0.5,
  'temperature.average_celsius': 48.2,
});

test('a line says time and readings, in short', () => {
  expect(readingsLine(FULL)).toBe(
    '03:04:05  cpu 13 %  memory 40 %  disk / 71 %  load 0.50  temperature 48 °C',
  );
});

test('what the machine doesn’t have is left out, a zero is not', () => {
  const line = readingsLine(frame({ 'cpu.usage': 0, 'load.one': Number.NaN }));
  expect(line).toBe('03:04:05  cpu 0 %');
});

function setup(isTTY: boolean) {
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY');
  Object.defineProperty(process.stdout, 'isTTY', { value: isTTY, configurable: true });
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(process.stdout, 'isTTY');
    else Object.defineProperty(process.stdout, 'isTTY', before);
  });
  const bus = new EventBus<HubEvent>();
  const listen: EventStream['listen'] = (onEvent) => {
    let next = bus.nextSeq;
    return bus.listen({ notify: () => onEvent({ seq: next, event: bus.at(next++)! }) });
  };
  const written: string[] = [];
  const stop = followReadings({ listen } as EventStream, (text) => written.push(text));
  const metric = () => bus.publish({ type: 'metric', at: AT, targetId: 'srv_a', frame: FULL });
  return { bus, written, stop, metric };
}

test('on a pipe each frame is a line of its own, and other events are none', () => {
  const { bus, written, metric } = setup(false);
  metric();
  bus.publish({ type: 'server', at: AT, targetId: 'srv_a', health: 'up', message: null });
  metric();
  expect(written).toEqual([`${readingsLine(FULL)}\n`, `${readingsLine(FULL)}\n`]);
});

test('on a terminal the line is drawn anew, until it ends', () => {
  const { written, stop, metric } = setup(true);
  metric();
  stop();
  metric();
  expect(written).toEqual([`\r\u001b[K${readingsLine(FULL)}`]);
});
