// Measures the kernel beside Erlang/OTP's gen_server on one scheduler, in interleaved rounds, and prints the medians.
// The volleys are in rounds.ts and otp_bench.erl; the format is that of bench/lib/report.ts.

import { createReport, type Target } from '../lib/report.ts';
import { startOtp } from './otp.ts';
import { type Round, runRound } from './rounds.ts';

interface Figure {
  readonly key: keyof Round;
  readonly name: string;
  readonly unit: string;
  /** How many times OTP's rate it has to reach. */
  readonly ratio?: number;
  readonly target?: Target;
}

const FIGURES: readonly Figure[] = [
  { key: 'tell', name: 'tell', unit: '1/s', ratio: 2.5 },
  { key: 'burst', name: 'tell-burst', unit: '1/s' },
  { key: 'tell32', name: 'tell-32', unit: '1/s', ratio: 2.5 },
  { key: 'ask', name: 'ask', unit: '1/s', ratio: 2.5 },
  { key: 'pingpong', name: 'ping-pong', unit: '1/s', ratio: 2.5 },
  { key: 'spawn', name: 'spawn', unit: '1/s', ratio: 1.5 },
  { key: 'stop', name: 'stop', unit: '1/s', ratio: 1 },
  { key: 'bytes', name: 'idle-actor', unit: 'B', target: { op: '<', value: 1000 } },
];

const report = createReport('kernel');
const otp = await startOtp();
const rounds = report.quick ? 3 : 7;
const scale = report.quick ? 50_000 : 100_000;
const ours: Round[] = [];
const theirs: ReadonlyMap<string, number>[] = [];

await runRound(Math.ceil(scale / 4));
for (let i = 0; i < rounds; i++) {
  ours.push(await runRound(scale));
  if (otp !== undefined) theirs.push(await otp.round(scale));
}
await otp?.stop();

report.note(`median of ${rounds} interleaved rounds; a ratio is the median of the rounds' ratios`);
if (otp === undefined) report.missing('otp', 'apt-get install erlang-base; the ratios are left out');
else report.note(`peer otp is gen_server on Erlang/OTP ${otp.release} with one scheduler (+S 1)`);
for (const figure of FIGURES) print(figure);
report.end();

function print({ key, name, unit, ratio, target }: Figure): void {
  const shortened = { shortened: true };
  report.figure(name, median(ours.map((round) => round[key])), unit, target, shortened);
  if (theirs.length === 0 || theirs[0]?.has(key) !== true) return;
  report.peer('otp', name, median(theirs.map((round) => round.get(key) ?? Number.NaN)), unit);
  if (ratio === undefined) return;
  const ratios = ours.map((round, i) => round[key] / (theirs[i]?.get(key) ?? Number.NaN));
  report.figure(`${name}-ratio`, median(ratios), 'x', { op: '>=', value: ratio }, shortened);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
