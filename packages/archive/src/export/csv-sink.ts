// Writes exported samples as one CSV file in long form, by RFC 4180: time, target, metric, labels, value. Which samples is
// left to export-history.ts.
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { metricName } from '@guardia/model';
import type { RawColumn } from '@guardia/series';
import type { ExportSink } from './export-history.ts';

const HEADER = 'time,target,metric,labels,value\r\n';
/** Text gathered before it is written. */
const PIECE_CHARS = 1 << 20;

/** The file appears under its name when it is complete; one that is there is replaced.
 *  @throws the system's error when the folder can't be written to */
export async function csvSink(path: string): Promise<ExportSink> {
  const unfinished = `${path}.part`;
  const file = await open(unfinished, 'w', 0o600);
  await file.appendFile(HEADER);
  return {
    async write(target, _slot, batches) {
      let samples = 0;
      let bytes = 0;
      for await (const columns of batches)
        for (const column of columns) {
          bytes += await writeColumn(file, target.name, column);
          samples += column.times.length;
        }
      return { files: 0, samples, bytes };
    },
    async finish() {
      await file.sync();
      await file.close();
      await rename(unfinished, path);
    },
    async abandon() {
      await file.close();
      await rm(unfinished, { force: true });
    },
  };
}

/** Gives the bytes written. */
async function writeColumn(
  file: FileHandle,
  target: string,
  { key, times, values }: RawColumn,
): Promise<number> {
  const metric = metricName(key);
  const labels = key.slice(metric.length + 1, -1);
  const series = `,${field(target)},${field(metric)},${field(labels)},`;
  let bytes = 0;
  let text = '';
  for (let i = 0; i < times.length; i++) {
    text += `${new Date(times[i]!).toISOString()}${series}${number(values[i]!)}\r\n`;
    if (text.length < PIECE_CHARS && i < times.length - 1) continue;
    await file.appendFile(text);
    bytes += Buffer.byteLength(text);
    text = '';
  }
  return bytes;
}

/** No reading is an empty field. */
function number(value: number): string {
  return Number.isNaN(value) ? '' : String(value);
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
