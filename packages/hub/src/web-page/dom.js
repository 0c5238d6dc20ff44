// Small helpers of the page: elements from text, and lists that are replaced without taking the focus away. What is
// shown is for the modules that use them.
import { ago, exactTime } from './format.js';

export const byId = (id) => document.getElementById(id);

/** Makes an element; children are nodes or text. */
export function el(name, attributes, children = []) {
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
  info: '◆',
  ok: '●',
  delivered: '●',
  dead: '■',
  pending: '○',
  sending: '○',
};

/** A status by colour, shape and word: colour is never alone.
 *  @param word instead of the status itself, which is then read out and shown on hover */
export function statusMark(status, word = status) {
  if (word !== status) return el('span', { class: 'marked' }, [statusSign(status), word]);
  return el('span', { class: `status ${status}` }, [
    el('span', { 'aria-hidden': 'true' }, [SHAPES[status] ?? '–']),
    status,
  ]);
}

/** As `statusMark` where there is no room for the word: it, or `word`, is read out and shown on hover. */
export function statusSign(status, word = status) {
  return el('span', { class: `status ${status}`, role: 'img', 'aria-label': word, title: word }, [
    SHAPES[status] ?? '–',
  ]);
}

/** A time as its age, or as `text`, with the date on hover. */
export function timeMark(time, text = ago(time)) {
  if (time === null || time === undefined) return el('span', { class: 'quiet' }, ['never']);
  return el('time', { datetime: time, title: exactTime(time), class: 'quiet' }, [text]);
}

export function button(label, onclick, attributes = {}) {
  const node = el('button', { type: 'button', ...attributes }, [label]);
  node.onclick = onclick;
  return node;
}

/** Makes these the nodes of a list, of which most are there already. Only what has another place is moved: what the reader
 *  types or has marked in the others is left alone. */
export function placeItems(list, nodes) {
  const { activeElement } = document;
  for (const node of [...list.children]) if (!nodes.includes(node)) node.remove();
  for (const [i, node] of nodes.entries())
    if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
  if (list.contains(activeElement)) activeElement.focus({ preventScroll: true });
}

/** Replaces what a list holds, but for what is there already: the reader may have marked text of it, or point at it. What
 *  had the focus has it again when something with the same `data-id` is there. */
export function replaceItems(list, items) {
  const id = list.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
  const before = [...list.childNodes];
  for (const [i, item] of items.entries()) {
    if (before[i] === undefined) list.append(item);
    else if (!before[i].isEqualNode(item)) before[i].replaceWith(item);
  }
  for (const surplus of before.slice(items.length)) surplus.remove();
  if (id !== undefined) list.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
}

/** Terms and what they are. */
export function definitions(list, facts) {
  const known = Object.entries(facts).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  replaceItems(
    list,
    known.map(([name, value]) => el('div', {}, [el('dt', {}, [name]), el('dd', {}, [value])])),
  );
}
