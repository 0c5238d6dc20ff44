import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { bounds, isMissing } from './dialogue/test/kit.ts';

const PRLIMIT = '/usr/bin/prlimit';
const CHILD = fileURLToPath(new URL('./test/no-files-left.ts', import.meta.url));
const host = '127.0.0.1';

describe.skipIf(isMissing(PRLIMIT, 'util-linux'))('without files left', () => {
  test('rule 1: checks are unknown, say so, and end no process', async () => {
    const specs = [
      { ...bounds, type: 'tcp', host, port: 9, send: null, expect: null },
      { ...bounds, type: 'icmp', host, packets: 1, maxLossPercent: 0 },
      { ...bounds, type: 'systemd', unit: 'any.service' },
      { ...bounds, type: 'docker', container: 'any', socket: '/nonexistent.sock' },
      { ...bounds, type: 'dns', name: 'a.invalid', recordType: 'A', resolver: host, expectedAnswers: [] },
    ];
    const argv = ['--nofile=64', process.execPath, CHILD, JSON.stringify(specs)];
    const { stdout } = await promisify(execFile)(PRLIMIT, argv);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results).toEqual(specs.map(() => ['unknown', expect.stringContaining('EMFILE')]));
  });
});
