// Prints a benchmark's result in the one format that tools read: machine, figures, peers, a closing count.
// It measures nothing itself; the benchmarks under bench/<name> do.

import { cpus, loadavg, release, totalmem } from 'node:os';

/** What a figure has to reach, for example `{ op: '>=', value: 2.5 }`. */
export interface Target {
  readonly op: '<' | '<=' | '>' | '>=' | '=';
  readonly value: number;
}

interface FigureOptions {
  /** True for a figure that `--quick` measured over a shorter run; its line then ends in `(quick)`. */
  readonly shortened?: boolean;
}

export interface ReportOptions {
  /** Quick mode; by default whether `--quick` is among the process's arguments. */
  readonly quick?: boolean;
  /** Takes each line; by default standard output. */
  readonly print?: (line: string) => void;
}

export interface Report {
  /** Whether long measurements should be shortened. */
  readonly quick: boolean;
  /** A line that is neither figure nor peer: what was done, what was missing. */
  note(text: string): void;
  /** One figure. In quick mode a figure within 10 % of its target counts as reached. Returns whether it was. */
  figure(name: string, value: number, unit: string, target?: Target, options?: FigureOptions): boolean;
  /** The same figure of another program, measured in the same run. */
  peer(peer: string, figure: string, value: number, unit: string): void;
  /** A peer that isn't installed. */
  missing(peer: string, howToGet: string): void;
  /** Prints the closing line; figures without a target count as reached. Later calls print nothing. */
  end(): void;
}

/** Starts a report: prints the machine, its load, and the benchmark's name. */
export function createReport(name: string, options: ReportOptions = {}): Report {
  const quick = options.quick ?? process.argv.includes('--quick');
  const print = options.print ?? ((line: string) => console.log(line));
  let all = 0;
  let reached = 0;
  let ended = false;
  print(machineLine());
  print(
    `load ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
  );
  print(`note bench ${name}${quick ? ', quick' : ''}`);
  return {
    quick,
    note: (text) => print(`note ${text}`),
    figure(figureName, value, unit, target, figureOptions = {}) {
      const ok = target === undefined || isReached(value, target, quick);
      all += 1;
      if (ok) reached += 1;
      const wanted = target === undefined ? 'none' : `${target.op}${target.value}`;
      const mark = quick && figureOptions.shortened === true ? ' (quick)' : '';
      print(`figure ${figureName} ${formatNumber(value)} ${unit} target ${wanted}${mark}`);
      return ok;
    },
    peer: (peer, figure, value, unit) => print(`peer ${peer} ${figure} ${formatNumber(value)} ${unit}`),
    missing: (peer, howToGet) => print(`note peer ${peer} is missing: ${howToGet}`),
    end() {
      if (ended) return;
      ended = true;
      print(`figures: ${reached} of ${all} reached`);
    },
  };
}

function isReached(value: number, target: Target, quick: boolean): boolean {
  const slack = quick ? Math.abs(target.value) * 0.1 : 0;
  switch (target.op) {
    case '<':
      return value < target.value + slack;
    case '<=':
      return value <= target.value + slack;
    case '>':
      return value > target.value - slack;
    case '>=':
      return value >= target.value - slack;
    case '=':
      return Math.abs(value - target.value) <= slack;
  }
}

function machineLine(): string {
  const cores = cpus();
  const model = (cores[0]?.model ?? 'unknown processor').trim() || 'unknown processor';
  const memoryGiB = (totalmem() / 2 ** 30).toFixed(1);
  return `machine ${cores.length} x ${model}, ${memoryGiB} GiB, ${process.platform} ${release()} ${process.arch}, node ${process.version}`;
}

/** Whole numbers as they are, others with about four significant digits; never in exponent form. */
function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) || Math.abs(value) >= 10_000) return String(Math.round(value));
  const digits = Math.abs(value) >= 1 ? 3 - Math.floor(Math.log10(Math.abs(value))) : 4;
  return value.toFixed(Math.max(0, digits));
}
