// VictoriaMetrics beside our storage: the same samples imported over loopback and merged. What is asked of it is left
// to the callers; the package is Debian's.
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../hub/prometheus.ts';
import { dayColumns, jsonLines } from './columns.ts';
import { type DataShape, frames } from './data.ts';
import { exchange, folderBytes, haveProgram, type LoadedPeer, startPeer } from './peer.ts';

const BINARY = '/usr/bin/victoria-metrics';

export const hasVictoria = (): boolean => haveProgram(BINARY, 'victoria-metrics');

/** Starts it on a free loopback port, imports a shape's samples and merges all parts. */
export async function loadVictoria(data: string, shape: DataShape): Promise<LoadedPeer> {
  const port = await freePort();
  const args = [
    `-storageDataPath=${data}`,
    '-retentionPeriod=100y',
    `-httpListenAddr=127.0.0.1:${port}`,
    '-loggerLevel=ERROR',
  ];
  const url = `http://127.0.0.1:${port}`;
  const peer = await startPeer('victoria-metrics', [BINARY, ...args], url, '/health');
  const agent = new Agent({ keepAlive: true });
  for (const day of dayColumns(frames(shape)))
    await exchange(`${url}/api/v1/import`, agent, [...jsonLines(day)].join(''));
  await exchange(`${url}/internal/force_flush`, agent);
  await exchange(`${url}/internal/force_merge`, agent);
  agent.destroy();
  return { bytes: await settledBytes(data), ...peer };
}

/** Bytes of the folder once they no longer change. */
async function settledBytes(data: string): Promise<number> {
  let bytes = folderBytes(data);
  for (let unchanged = 0; unchanged < 6; ) {
    await sleep(500);
    const now = folderBytes(data);
    unchanged = now === bytes ? unchanged + 1 : 0;
    bytes = now;
  }
  return bytes;
}
