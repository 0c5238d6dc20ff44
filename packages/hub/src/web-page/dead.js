// Messages that reached nobody: reads them together with what they were about, and lists them. Alerts that still fire are
// for attention.js.
import { get, post } from './api.js';
import { button, byId, el, replaceItems, statusMark, timeMark } from './dom.js';
import { since } from './format.js';
import { operateButton } from './operate.js';

/** The most that are listed. */
const MAX_DEAD = 20;
/** More than these are folded up: what fires matters more than who was not told. */
const MAX_OPEN = 3;

/** Of alerts, by id: their summaries don't change once they are over. */
let known = new Map();

/** Each with the `summary` of its alert; null where that can't be read. */
export async function readDead() {
  const { deliveries, next } = await get('/deliveries', { state: 'dead', limit: MAX_DEAD });
  const ids = new Set(deliveries.map(({ alert_id: alert }) => alert));
  known = new Map(
    await Promise.all([...ids].map(async (id) => [id, known.get(id) ?? (await summaryOf(id))])),
  );
  const dead = deliveries.map((delivery) => ({ ...delivery, summary: known.get(delivery.alert_id) }));
  return { dead, isCut: next !== undefined };
}

async function summaryOf(id) {
  try {
    return (await get(`/alerts/${encodeURIComponent(id)}`)).alert.summary;
  } catch {
    return null;
  }
}

/** @param hub `open` is told the alert that the reader wants to know more of, `changed` that something was changed */
export function showDead({ dead, isCut }, hub) {
  if (byId('dead').hidden) byId('dead').open = dead.length <= MAX_OPEN;
  byId('dead').hidden = dead.length === 0;
  byId('dead-title').textContent = titleOf(dead.length, isCut);
  replaceItems(
    byId('dead-deliveries'),
    dead.map((delivery) => deadRow(delivery, hub)),
  );
}

function titleOf(count, isCut) {
  if (count === 1) return 'One message reached nobody';
  return `${isCut ? 'More than ' : ''}${count} messages reached nobody`;
}

function deadRow(
  { id, alert_id: alert, notifier, kind, attempts, created_at: at, last_error: error, summary },
  hub,
) {
  const tries = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  return el('li', {}, [
    el('span', { class: 'mark' }, [statusMark('dead')]),
    el('div', { class: 'what' }, [
      el('span', {}, [`${notifier} was not told (${kind})${summary === null ? '' : `: ${summary}`}`]),
      el('small', { class: 'exact' }, [`${tries}. ${error ?? ''}`]),
    ]),
    el('span', { class: 'since' }, [timeMark(at, since(at))]),
    el('span', { class: 'actions' }, [
      sendAgain(id, hub.changed),
      button('what happened', () => hub.open(alert), { 'data-id': `why ${id}` }),
    ]),
  ]);
}

/** Sends a dead delivery again. */
export function sendAgain(id, changed) {
  const request = async () => {
    await post(`/deliveries/${encodeURIComponent(id)}/retry`, {});
    await changed();
  };
  return operateButton('send again', request, { 'data-id': `send ${id}` });
}
