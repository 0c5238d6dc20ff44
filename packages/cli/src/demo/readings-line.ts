// One line of live readings in the terminal, drawn anew with each frame; on a pipe each frame is a line of its own.
import type { EventStream } from '@guardia/hub';
import type { Frame } from '@guardia/model';

/** Writes a line for each frame until the returned function is called. */
export function followReadings(events: EventStream, write: (text: string) => void): () => void {
  const onTerminal = process.stdout.isTTY === true;
  return events.listen(({ event }) => {
    if (event.type !== 'metric') return;
    const line = readingsLine(event.frame);
    write(onTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  });
}

/** What a frame says, in short; a reading that this machine doesn't have is left out. */
export function readingsLine(frame: Frame): string {
  const value = (key: string): number => frame.values[frame.layout.keys.indexOf(key)] ?? Number.NaN;
  const parts = [
    part('cpu', value('cpu.usage'), ' %', 0),
    part('memory', value('memory.used_percent'), ' %', 0),
    part('disk /', value('disk.used_percent{mount="/"}'), ' %', 0),
    part('load', value('load.one'), '', 2),
    part('temperature', value('temperature.average_celsius'), ' °C', 0),
  ];
  return [new Date(frame.at).toISOString().slice(11, 19), ...parts.filter((text) => text !== null)].join(
    '  ',
  );
}

function part(name: string, value: number, unit: string, digits: number): string | null {
  return Number.isNaN(value) ? null : `${name} ${value.toFixed(digits)}${unit}`;
}
