// Line charts of the page as SVG: a gap in the data is a gap in the line.
import { clock, el } from './dom.js';

const NS = 'http://www.w3.org/2000/svg';
const WIDTH = 400;
const HEIGHT = 96;

function svg(name, attributes) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Path through the points; null values break it. */
function linePath(points, x, y) {
  let path = '';
  let pen = false;
  for (const point of points) {
    if (point.value === null) pen = false;
    else {
      path += `${pen ? 'L' : 'M'}${x(point.at).toFixed(1)},${y(point.value).toFixed(1)}`;
      pen = true;
    }
  }
  return path;
}

/** One chart with its newest value, a zero line, and a time axis. `max` fixes the top; else the data does. `format`
 *  writes a value with its unit. */
export function chart(title, points, { max, format }) {
  const known = points.filter((point) => point.value !== null);
  const last = known.at(-1);
  const top = max ?? Math.max(1, ...known.map((point) => point.value)) * 1.1;
  const from = points[0]?.at ?? 0;
  const span = Math.max(1, (points.at(-1)?.at ?? 1) - from);
  const x = (at) => ((at - from) / span) * WIDTH;
  const y = (value) => HEIGHT - (Math.min(value, top) / top) * HEIGHT;
  const path = linePath(points, x, y);
  const label = last === undefined ? 'no reading' : format(last.value);
  const drawing = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    height: HEIGHT,
    role: 'img',
    'aria-label': `${title}: ${label}`,
  });
  for (const share of [0, 0.5, 1]) {
    const at = HEIGHT * share;
    drawing.append(svg('line', { class: 'grid', x1: 0, x2: WIDTH, y1: at, y2: at }));
  }
  if (known.length > 1 && known.length === points.length)
    drawing.append(svg('path', { class: 'area', d: `${path}L${WIDTH},${HEIGHT}L0,${HEIGHT}Z` }));
  drawing.append(svg('path', { class: 'line', d: path }));
  return el('figure', {}, [
    el('figcaption', {}, [title, el('b', {}, [label])]),
    drawing,
    el('div', { class: 'axis' }, [
      el('span', {}, [points.length === 0 ? '' : clock(from)]),
      el('span', {}, [`up to ${format(top)}`]),
      el('span', {}, [points.length === 0 ? '' : clock(from + span)]),
    ]),
  ]);
}

/** A line of the last values, 0 to 100, without axes. */
export function spark(values) {
  const points = values.slice(-60).map((value, at) => ({ at, value: value ?? null }));
  const drawing = svg('svg', {
    class: 'spark',
    viewBox: '0 0 60 20',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  const offset = 60 - points.length;
  drawing.append(
    svg('path', {
      class: 'line',
      d: linePath(
        points,
        (at) => at + offset,
        (v) => 19 - (v / 100) * 18,
      ),
    }),
  );
  return drawing;
}
