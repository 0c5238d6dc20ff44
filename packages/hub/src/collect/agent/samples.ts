// Turns what an agent said into a frame: one table names every sample, and both the keys and the values are
// read off it. A value that isn't a number or null is refused by its path; what it means is left to alerts.
import type { AgentMetrics, EpochMs, Frame, FrameLayout, SampleKey, TargetId } from '@guardia/model';
import { sampleKey } from '@guardia/model';
import { BadAnswer } from '../http/bad-answer.ts';
import { distinctTexts } from './texts.ts';

/** Loose because it comes from the network: every field may be missing or of another type. */
type Loose = Readonly<Record<string, unknown>>;

/** One sample of a section: its name, the field it is read from or a function of the section, and how many decimals its
 *  source really has. More than those are noise of the arithmetic, and would cost storage many bytes. */
type Column = readonly [name: string, read: string | ((section: Loose) => unknown), decimals: number];

interface Section {
  readonly path: keyof AgentMetrics;
  readonly columns: readonly Column[];
}

interface ListSection extends Section {
  /** Field of the section that holds the list; absent when the section is the list. */
  readonly list?: string;
  /** Name of the label, and the field of each item that gives its value. */
  readonly label: readonly [label: string, field: string];
}

const percent = (part: unknown, whole: unknown): unknown =>
  typeof part === 'number' && typeof whole === 'number' && whole > 0 ? (100 * part) / whole : null;

const SINGLE: readonly Section[] = [
  {
    path: 'cpus',
    columns: [
      ['cpu.usage', 'average_usage', 2],
      ['cpu.count', 'total', 0],
    ],
  },
  {
    path: 'memory',
    columns: [
      ['memory.total_bytes', 'total', 0],
      ['memory.used_bytes', 'used', 0],
      ['memory.available_bytes', 'available', 0],
      ['memory.used_percent', (m) => percent(m.used, m.total), 2],
      ['swap.total_bytes', 'total_swap', 0],
      ['swap.used_bytes', 'used_swap', 0],
    ],
  },
  { path: 'components', columns: [['temperature.average_celsius', 'average_temperature', 2]] },
  {
    path: 'load',
    columns: [
      ['load.one', 'one', 2],
      ['load.five', 'five', 2],
      ['load.fifteen', 'fifteen', 2],
    ],
  },
  { path: 'system', columns: [['uptime.seconds', 'uptime_s', 2]] },
  {
    path: 'processes',
    columns: [
      ['processes.total', 'total', 0],
      ['processes.threads', 'threads', 0],
      ['processes.running', 'running', 0],
      ['processes.blocked', 'blocked', 0],
    ],
  },
];

const LISTS: readonly ListSection[] = [
  {
    path: 'cpus',
    list: 'cpus',
    label: ['cpu', 'name'],
    columns: [
      ['cpu.core_usage', 'usage', 2],
      ['cpu.frequency_mhz', 'frequency', 0],
    ],
  },
  {
    path: 'components',
    list: 'components',
    label: ['sensor', 'name'],
    columns: [['temperature.celsius', 'temperature', 3]],
  },
  {
    path: 'disks',
    label: ['mount', 'mount'],
    columns: [
      ['disk.total_bytes', 'total', 0],
      ['disk.used_bytes', 'used', 0],
      ['disk.available_bytes', 'available', 0],
      ['disk.used_percent', (d) => d.used_percent ?? percent(d.used, d.total), 2],
      ['disk.inodes_total', 'inodes_total', 0],
      ['disk.inodes_used', 'inodes_used', 0],
      ['disk.read_bytes', 'read_bytes', 0],
      ['disk.written_bytes', 'written_bytes', 0],
      ['disk.io_time_ms', 'io_time_ms', 0],
    ],
  },
  {
    path: 'networks',
    label: ['interface', 'name'],
    columns: [
      ['network.received_bytes', 'received_bytes', 0],
      ['network.transmitted_bytes', 'transmitted_bytes', 0],
      ['network.received_packets', 'received_packets', 0],
      ['network.transmitted_packets', 'transmitted_packets', 0],
      ['network.received_errors', 'received_errors', 0],
      ['network.transmitted_errors', 'transmitted_errors', 0],
      ['network.received_dropped', 'received_dropped', 0],
      ['network.transmitted_dropped', 'transmitted_dropped', 0],
    ],
  },
];

/** Load has two decimals; divided by the cores of a large machine it still has a meaning in the fourth. */
const LOAD_PER_CORE_DECIMALS = 4;

/** Most items that a list of one answer may have: a machine with more cores, disks or interfaces is refused. */
const MAX_ITEMS = 4096;

/** Per target: keeps the layout while the answer keeps its shape, so that a poll makes one array of numbers. */
export class SampleReader {
  #shape = '';
  #layout: FrameLayout = { keys: [] };

  /** @throws {BadAnswer} naming the path and what was there */
  read(targetId: TargetId, at: EpochMs, answer: unknown): Frame {
    const metrics = asAnswer(answer);
    const lists = LISTS.map((section) => itemsOf(section, metrics));
    const names = lists.map((items, i) => namesOf(items, LISTS[i]!));
    const shape = JSON.stringify(names);
    if (shape !== this.#shape) {
      this.#layout = { keys: keysOf(names) };
      this.#shape = shape;
    }
    const values = new Float64Array(this.#layout.keys.length);
    fill(values, metrics, lists);
    return { targetId, at, layout: this.#layout, values };
  }
}

function asAnswer(answer: unknown): Loose {
  const known = isObject(answer) && ['cpus', 'memory', 'system'].some((key) => isObject(answer[key]));
  if (!known) throw new BadAnswer('the answer is JSON but has none of cpus, memory, system');
  return answer;
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function itemsOf(section: ListSection, metrics: Loose): readonly Loose[] {
  const parent = metrics[section.path];
  const path = section.list === undefined ? section.path : `${section.path}.${section.list}`;
  const list = section.list === undefined || !isObject(parent) ? parent : parent[section.list];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new BadAnswer(`${path} is ${describe(list)}, must be a list`);
  if (list.length > MAX_ITEMS) throw new BadAnswer(`${path} has ${list.length} items, at most ${MAX_ITEMS}`);
  for (const [i, item] of list.entries()) {
    if (!isObject(item) || typeof item[section.label[1]] !== 'string')
      throw new BadAnswer(`${path}[${i}].${section.label[1]} must be a text`);
  }
  return list;
}

function namesOf(items: readonly Loose[], { label }: ListSection): string[] {
  return items.map((item) => String(item[label[1]]));
}

function keysOf(names: readonly (readonly string[])[]): SampleKey[] {
  const keys = SINGLE.flatMap((section) => section.columns.map(([name]) => name));
  keys.push('load.per_core');
  for (const [i, { columns, label }] of LISTS.entries()) {
    for (const text of distinctTexts(names[i]!)) {
      for (const [name] of columns) keys.push(sampleKey(name, { [label[0]]: text }));
    }
  }
  return keys;
}

function fill(values: Float64Array, metrics: Loose, lists: readonly (readonly Loose[])[]): void {
  let next = 0;
  for (const section of SINGLE) {
    next = fillRow(values, next, section, sectionOf(metrics, section.path), section.path);
  }
  values[next++] = loadPerCore(metrics);
  for (const [i, items] of lists.entries()) {
    const section = LISTS[i]!;
    for (const item of items) next = fillRow(values, next, section, item, section.path);
  }
}

/** A section that isn't there has no readings; one that is something else is a mistake. */
function sectionOf(metrics: Loose, path: string): Loose {
  const section = metrics[path] ?? {};
  if (!isObject(section)) throw new BadAnswer(`${path} is ${describe(section)}, must be an object`);
  return section;
}

function fillRow(values: Float64Array, start: number, section: Section, row: Loose, path: string): number {
  let next = start;
  for (const [name, read, decimals] of section.columns) {
    const value = typeof read === 'string' ? row[read] : read(row);
    values[next++] =
      typeof value === 'number' ? rounded(finite(value, path, name), decimals) : absent(value, path, name);
  }
  return next;
}

function loadPerCore(metrics: Loose): number {
  const load = metrics.load;
  const cpus = metrics.cpus;
  if (!isObject(load) || !isObject(cpus)) return Number.NaN;
  const cores = typeof cpus.total === 'number' ? cpus.total : 0;
  return typeof load.one === 'number' && cores > 0
    ? rounded(load.one / cores, LOAD_PER_CORE_DECIMALS)
    : Number.NaN;
}

function rounded(value: number, decimals: number): number {
  const steps = 10 ** decimals;
  const whole = Math.round(value * steps);
  // beyond that nothing is left of the decimals
  return Number.isSafeInteger(whole) ? whole / steps : value;
}

function finite(value: number, path: string, name: string): number {
  if (!Number.isFinite(value))
    throw new BadAnswer(`${name} (in ${path}) is ${value}, must be a finite number or null`);
  return value;
}

function absent(value: unknown, path: string, name: string): number {
  if (value === null || value === undefined) return Number.NaN;
  throw new BadAnswer(`${name} (in ${path}) is ${describe(value)}, must be a number or null`);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
