// The notifiers of the configuration, each with a button that sends a real message through it, and what came of that. Making
// them is for the configuration.
import { post } from './api.js';
import { byId, el, replaceItems } from './dom.js';
import { operateButton } from './operate.js';

/** What the last test of each came to, by name. */
const results = new Map();

export function showNotifiers(notifiers) {
  byId('notifiers-section').hidden = notifiers.length === 0;
  byId('notifiers-title').textContent =
    notifiers.length === 1 ? '1 notifier' : `${notifiers.length} notifiers`;
  replaceItems(byId('notifiers'), notifiers.map(notifierRow));
}

function notifierRow({ name, type }) {
  const result = el('small', { class: 'exact', role: 'status' }, [results.get(name) ?? '']);
  const test = operateButton('send a test', () => sendTest(name, result), { 'data-id': `test ${name}` });
  return el('li', {}, [
    el('div', { class: 'what' }, [el('span', {}, [`${name} (${type})`]), result]),
    el('span', { class: 'actions' }, [test]),
  ]);
}

async function sendTest(name, result) {
  const { delivered, detail } = await post(`/notifiers/${encodeURIComponent(name)}/test`, {});
  results.set(name, testText(delivered, detail));
  result.textContent = results.get(name);
}

export const testText = (delivered, detail) =>
  delivered ? `● delivered: ${detail}` : `■ not delivered: ${detail}`;
