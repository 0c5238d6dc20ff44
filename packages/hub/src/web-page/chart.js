// One chart: its lines, axes, what it reads at the crosshair, and the keys that move that. Where the data comes from and
// which charts share the crosshair is for chart-panel.js.
import { el, statusSign } from './dom.js';
import { areaPath, bandPath, linePath, runsOf, svg } from './drawing.js';
import { axisText, dateAndClock, pointTime } from './format.js';
import { timeTicks, valueScale } from './scale.js';

const WIDTH = 1000;
const HEIGHT = 100;
/** Room above and below, so that a line on the edge is whole. */
const EDGE = 2;
const COLOURS = 8;
const PAGE_POINTS = 10;
/** Of events that lie on each other the worst is seen. */
const WORST_LAST = ['ok', 'info', 'warning', 'critical'];

/** What a chart draws. Lines have `name`, `times`, `values`, and `low` and `high` where the values are averages; all lines
 *  have the same times. Where lines lie on each other, `parts` are what each adds. `format` writes a value with its unit.
 *  `max` fixes the top; else the data does. `events` are entries of the time line, drawn as ticks on a strip.
 *  `{ key, title, format, max, closeUp, start, end, stepMs, gapMs, lines, note, events }` */
export class Chart {
  #data;
  /** Index of the point under the crosshair; null: none. */
  #at = null;
  #moved;
  #drawing = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  #cross = el('div', { class: 'cross' });
  #yAxis = el('div', { class: 'y-axis', 'aria-hidden': 'true' });
  #xAxis = el('div', { class: 'x-axis', 'aria-hidden': 'true' });
  #plot = el('div', { class: 'plot', tabindex: '0', role: 'slider', 'aria-valuemin': '0' }, [
    this.#drawing,
    this.#cross,
  ]);
  #title = el('span', {});
  #readout = el('span', { class: 'readout' });
  #legend = el('ul', { class: 'legend' });
  #strip = el('ul', { class: 'strip', 'aria-label': 'Events' });
  #note = el('p', { class: 'note' });
  element = el('figure', { class: 'chart' }, [
    el('figcaption', {}, [this.#title, this.#readout]),
    this.#legend,
    this.#strip,
    el('div', { class: 'frame' }, [this.#yAxis, this.#plot]),
    this.#xAxis,
    this.#note,
  ]);

  /** @param moved is told the time that the reader points at, null when at none */
  constructor(moved) {
    this.#moved = moved;
    this.#plot.onpointermove = (event) => moved(this.#timeAt(event));
    this.#plot.onpointerdown = (event) => moved(this.#timeAt(event));
    this.#plot.onpointerleave = () => moved(null);
    this.#plot.onblur = () => moved(null);
    this.#plot.onkeydown = (event) => this.#key(event);
  }

  draw(data) {
    this.#data = data;
    this.#title.textContent = data.title;
    this.#note.textContent = data.note;
    this.#plot.setAttribute('aria-label', data.title);
    this.#plot.setAttribute('aria-valuemax', String(this.#times.length - 1));
    this.#drawLines();
    this.#drawEvents(data.events ?? []);
    this.#xAxis.replaceChildren(
      ...timeTicks(data.start, data.end).map(({ at, label }) =>
        // the label of a time near the right edge stays inside, or it would make the page wider than its window
        el('span', { style: `left: min(${(this.#x(at) / WIDTH) * 100}%, 100% - ${label.length / 2}ch)` }, [
          label,
        ]),
      ),
    );
  }

  /** Shows what was at a time; at null the newest. */
  point(at) {
    this.#at = at === null ? null : this.#nearest(at);
    this.#cross.hidden = this.#at === null;
    if (this.#at !== null) this.#cross.style.left = `${(this.#x(this.#times[this.#at]) / WIDTH) * 100}%`;
    this.#read();
  }

  get #times() {
    return this.#data.lines[0].times;
  }

  #x = (at) => ((at - this.#data.start) / (this.#data.end - this.#data.start)) * WIDTH;

  #timeAt({ clientX }) {
    const { left, width } = this.#plot.getBoundingClientRect();
    return this.#data.start + ((clientX - left) / width) * (this.#data.end - this.#data.start);
  }

  #nearest(at) {
    const times = this.#times;
    const after = times.findIndex((time) => time >= at);
    if (after === -1) return times.length - 1;
    return after > 0 && at - times[after - 1] < times[after] - at ? after - 1 : after;
  }

  #drawLines() {
    const { lines, gapMs, max, closeUp } = this.#data;
    const known = lines.flatMap(({ values, low = [], high = [] }) => [...values, ...low, ...high]);
    const numbers = known.filter((value) => value !== null);
    const scale = valueScale(least(numbers), most(numbers), { max, closeUp });
    const { bottom, top } = scale;
    const y = (value) => HEIGHT - EDGE - ((value - bottom) / (top - bottom)) * (HEIGHT - 2 * EDGE);
    this.#drawing.replaceChildren(...scale.ticks.map((value) => gridLine(y(value))));
    this.#yAxis.replaceChildren(
      ...scale.ticks.map((value) =>
        el('span', { style: `top: ${y(value)}%` }, [axisText(value, this.#data.format)]),
      ),
    );
    lines.forEach((line, i) => {
      const runs = runsOf(line, gapMs);
      const under = this.#under(line, runs, y, bottom);
      this.#drawing.append(
        svg('path', { class: `band line-${colour(i)}`, d: under }),
        svg('path', { class: `line line-${colour(i)}`, d: linePath(runs, this.#x, y) }),
      );
    });
  }

  #drawEvents(events) {
    const { start, end } = this.#data;
    const seen = events.filter(({ timestamp }) => {
      const at = Date.parse(timestamp);
      return at >= start && at <= end;
    });
    this.#strip.hidden = seen.length === 0;
    this.#strip.replaceChildren(...seen.map((event) => this.#tick(event)));
  }

  #tick({ timestamp, level, summary }) {
    const at = Date.parse(timestamp);
    const title = `${dateAndClock(at)}: ${summary}`;
    const style = `left: ${(this.#x(at) / WIDTH) * 100}%; z-index: ${WORST_LAST.indexOf(level)}`;
    return el('li', { style }, [statusSign(level, title)]);
  }

  /** The band of averages; else, for a line alone, the area below it. */
  #under(line, runs, y, bottom) {
    if (line.low !== undefined) return bandPath(runs, this.#x, y);
    return this.#data.lines.length === 1 ? areaPath(runs, this.#x, y, bottom) : '';
  }

  #read() {
    const { lines, format, stepMs } = this.#data;
    const index = this.#at ?? newest(lines);
    const texts = lines.map((line) => valueText(line, index, format));
    const time = this.#at === null ? '' : pointTime(this.#times[index], stepMs);
    const several = lines.length > 1;
    this.#readout.replaceChildren(el('time', {}, [time]), ...(several ? [] : texts[0].nodes));
    this.#legend.hidden = !several;
    if (several)
      this.#legend.replaceChildren(
        ...lines.map(({ name }, i) => el('li', {}, [swatch(i), el('span', {}, [name]), ...texts[i].nodes])),
      );
    const said = texts.map(({ text }, i) => (several ? `${lines[i].name} ${text}` : text)).join(', ');
    this.#plot.setAttribute('aria-valuenow', String(index));
    this.#plot.setAttribute('aria-valuetext', `${time === '' ? 'newest' : time}: ${said}`);
  }

  #key(event) {
    const last = this.#times.length - 1;
    const from = this.#at ?? newest(this.#data.lines);
    const to = {
      ArrowLeft: from - 1,
      ArrowDown: from - 1,
      ArrowRight: from + 1,
      ArrowUp: from + 1,
      PageDown: from - PAGE_POINTS,
      PageUp: from + PAGE_POINTS,
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === 'Escape') this.#moved(null);
    if (to === undefined) return;
    event.preventDefault();
    this.#moved(this.#times[Math.min(Math.max(to, 0), last)]);
  }
}

const colour = (index) => (index % COLOURS) + 1;
const gridLine = (y) => svg('line', { class: 'grid', x1: 0, x2: WIDTH, y1: y, y2: y });
const least = (numbers) => numbers.reduce((a, b) => Math.min(a, b), numbers[0] ?? 0);
const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), numbers[0] ?? 0);

/** The last point where any line has a value. */
function newest(lines) {
  const last = Math.max(...lines.map(({ values }) => values.findLastIndex((value) => value !== null)));
  return Math.max(last, 0);
}

function valueText({ values, parts, low, high }, index, format) {
  const value = (parts ?? values)[index] ?? null;
  if (value === null) return { text: 'no reading', nodes: [el('b', {}, ['no reading'])] };
  const text = format(value);
  if (low === undefined || parts !== undefined) return { text, nodes: [el('b', {}, [text])] };
  const spread = `${format(low[index] ?? value)} to ${format(high[index] ?? value)}`;
  if (spread === `${text} to ${text}`) return { text, nodes: [el('b', {}, [text])] };
  return { text: `${text}, ${spread}`, nodes: [el('b', {}, [text]), el('small', {}, [spread])] };
}

function swatch(index) {
  const drawing = svg('svg', { class: 'swatch', viewBox: '0 0 24 4', 'aria-hidden': 'true' });
  drawing.append(svg('path', { class: `line line-${colour(index)}`, d: 'M0,2L24,2' }));
  return drawing;
}
