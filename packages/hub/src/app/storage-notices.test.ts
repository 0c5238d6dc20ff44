import { expect, test } from 'vitest';
import { createLog } from './log.ts';
import { logNotice } from './storage-notices.ts';

test('says what storage noticed, where, and what to do', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line) });
  logNotice(log, { type: 'too-many-series', targetId: 'exp_a', refused: 7, samples: 21, limit: 100 }, (id) =>
    id === 'exp_a' ? 'node-web-1' : '',
  );
  logNotice(log, {
    type: 'corrupt-chunk',
    targetId: 'srv_a',
    key: 'load',
    tier: 'raw',
    start: 0,
    end: 86_399_999,
    message: 'its checksum is wrong',
  });
  logNotice(log, { type: 'merge-failed', targetId: 'srv_a', start: 0, message: 'why' });
  logNotice(log, { type: 'spool-damaged', path: '/spool/1', message: 'why' });
  expect(lines.slice(2).map((line) => JSON.parse(line).msg)).toEqual([
    expect.stringContaining('could not be packed and is tried again: why'),
    expect.stringContaining('the spool: why'),
  ]);
  const [many, corrupt] = lines.map((line) => JSON.parse(line));
  expect(many).toMatchObject({
    targetId: 'exp_a',
    msg: expect.stringMatching(
      /^node-web-1: 7 series are beyond storage\.max_series_per_target \(100\) and left out, 21 samples since/,
    ),
  });
  expect(corrupt).toMatchObject({
    series: 'load',
    from: '1970-01-01T00:00:00.000Z',
    msg: expect.stringContaining('its checksum is wrong. Check the disk'),
  });
});
