// Small helpers of the page: elements from text, and numbers and times as people read them.

/** Makes an element; children are nodes or text. */
export function el(name, attributes, children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

const SHAPES = {
  up: '●',
  degraded: '▲',
  stale: '▲',
  warning: '▲',
  down: '■',
  critical: '■',
  unknown: '○',
  info: '●',
};

/** A status by colour, shape and word: colour is never alone. */
export function statusMark(status) {
  return el('span', { class: `status ${status}` }, [
    el('span', { 'aria-hidden': 'true' }, [SHAPES[status] ?? '–']),
    status,
  ]);
}

export function percent(value) {
  return value === null ? '–' : `${value.toFixed(0)} %`;
}

/** Bytes a second. */
export function bytes(value) {
  if (value === null) return '–';
  const units = ['B/s', 'kB/s', 'MB/s', 'GB/s'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${scaled < 10 && unit > 0 ? scaled.toFixed(1) : scaled.toFixed(0)} ${units[unit]}`;
}

/** Age of a time: `4 s`, `12 m`, `3 h`, `2 d`. */
export function since(time) {
  if (time === null || time === undefined) return 'never';
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** HH:MM:SS in the reader's zone. */
export function clock(time) {
  return time === null || time === undefined ? 'never' : new Date(time).toLocaleTimeString('en-GB');
}
