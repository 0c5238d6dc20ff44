// Lines of charts as SVG: a gap in the data is a gap in the line, in the area under it and in the band around it. Axes
// and what a chart says in words are for chart.js.

const NS = 'http://www.w3.org/2000/svg';

export function svg(name, attributes) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Splits points at gaps: runs of `{ at, value, low, high }` that belong together. */
export function runsOf({ times, values, low = values, high = values }, gapMs) {
  const runs = [];
  let before = -Infinity;
  values.forEach((value, i) => {
    if (value === null) return;
    const at = times[i];
    if (at - before > gapMs) runs.push([]);
    runs.at(-1).push({ at, value, low: low[i] ?? value, high: high[i] ?? value });
    before = at;
  });
  return runs;
}

const place = (x, y) => `${x.toFixed(1)},${y.toFixed(2)}`;

/** Path through the runs. A point that stands alone is a line of no length, which round ends make a dot. */
export function linePath(runs, x, y) {
  const point = ({ at, value }) => place(x(at), y(value));
  return runs.map((run) => `M${run.map(point).join('L')}${run.length === 1 ? 'h0' : ''}`).join('');
}

/** What lies between the lowest and the highest of each point. */
export function bandPath(runs, x, y) {
  const edge = (run, read) => run.map((point) => place(x(point.at), y(read(point)))).join('L');
  return runs
    .map((run) => `M${edge(run, ({ high }) => high)}L${edge(run.toReversed(), ({ low }) => low)}Z`)
    .join('');
}

/** What lies between the line and the bottom. */
export function areaPath(runs, x, y, bottom) {
  const onBottom = runs.map((run) => run.map((point) => ({ ...point, low: bottom, high: point.value })));
  return bandPath(onBottom, x, y);
}

const SPARK_POINTS = 60;

/** A line of the last values, 0 to 100, without axes. */
export function spark(values) {
  const shown = values.slice(-SPARK_POINTS).map((value) => value ?? null);
  const times = shown.map((_, i) => SPARK_POINTS - shown.length + i);
  const drawing = svg('svg', {
    class: 'spark',
    viewBox: '0 0 60 20',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  const d = linePath(
    runsOf({ times, values: shown }, 1),
    (at) => at,
    (value) => 19 - (value / 100) * 18,
  );
  drawing.append(svg('path', { class: 'line line-1', d }));
  return drawing;
}
