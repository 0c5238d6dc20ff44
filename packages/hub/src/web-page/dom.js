// Small helpers of the page: elements from text, and lists that are replaced without taking the focus away. What is
// shown is for the modules that use them.

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
  info: '●',
};

/** A status by colour, shape and word: colour is never alone. */
export function statusMark(status) {
  return el('span', { class: `status ${status}` }, [
    el('span', { 'aria-hidden': 'true' }, [SHAPES[status] ?? '–']),
    status,
  ]);
}

/** Replaces what a list holds. What had the focus has it again when something with the same `data-id` is there. */
export function replaceItems(list, items) {
  const id = list.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
  list.replaceChildren(...items);
  if (id !== undefined) list.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
}

/** Terms and what they are. */
export function definitions(list, facts) {
  list.replaceChildren(
    ...Object.entries(facts)
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([name, value]) => el('div', {}, [el('dt', {}, [name]), el('dd', {}, [value])])),
  );
}
