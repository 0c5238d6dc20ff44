// What happened around one alert: what the time line has of its target, and each message about it, as one list. Which
// alert is chosen is for page.js.
import { get } from './api.js';
import { sendAgain } from './dead.js';
import { byId, definitions, el, replaceItems, statusMark, statusSign, timeMark } from './dom.js';
import { withoutEchoes } from './echoes.js';
import { clock, exactTime, until } from './format.js';
import { pressed } from './press.js';
import { silenceText } from './silences.js';
import { heldText, missingText, toldText } from './told.js';

export class Incident {
  #hub;
  #id = null;
  /** What had the focus before, and has it again afterwards. */
  #opener = null;

  /** @param hub `close` is told that the reader has seen enough, `changed` that something was changed; `silences` gives
   *  those of now */
  constructor(hub) {
    this.#hub = hub;
    byId('incident-close').onclick = hub.close;
  }

  /** Reads what is known by now, unless no alert is chosen. */
  async show(id) {
    const isNew = id !== this.#id;
    this.#id = id;
    if (isNew) this.#turnTo(id);
    if (id === null) return;
    try {
      const found = await get(`/alerts/${encodeURIComponent(id)}`);
      await pressed();
      if (id === this.#id) this.#draw(found);
    } catch (error) {
      if (id === this.#id) byId('incident-trouble').textContent = `This could not be read. ${error.message}`;
    }
  }

  #turnTo(id) {
    const isFocused = byId('incident').contains(document.activeElement);
    byId('incident').hidden = id === null;
    if (!isFocused) this.#opener = document.activeElement;
    else if (id === null) this.#opener.focus();
    byId('incident-title').textContent = 'What happened';
    byId('incident-trouble').textContent = id === null ? '' : 'Loading…';
    byId('incident-facts').replaceChildren();
    byId('happened').replaceChildren();
  }

  #draw({ alert, deliveries, deliveries_left_out: leftOut, timeline, timeline_cut: cut }) {
    byId('incident-trouble').textContent = missingText(leftOut, cut);
    replaceItems(byId('incident-title'), [statusMark(alert.severity), el('span', {}, [` ${alert.summary}`])]);
    definitions(byId('incident-facts'), factsOf(alert, deliveries, this.#hub.silences()));
    // newest first, as the time line is: what is of one moment stays in that order
    const told = deliveries
      .toReversed()
      .map((delivery) => [delivery.delivered_at ?? delivery.created_at, this.#message(delivery)]);
    const seen = withoutEchoes(timeline).map((entry) => [entry.timestamp, happening(entry, alert)]);
    const all = [...told, ...seen].toSorted(([a], [b]) => Date.parse(b) - Date.parse(a));
    replaceItems(
      byId('happened'),
      all.map(([, item]) => item),
    );
  }

  #message(delivery) {
    const { id, notifier, kind, state, last_error: error } = delivery;
    const at = delivery.delivered_at ?? delivery.created_at;
    return item(at, statusSign(state), [
      el('span', {}, [`${notifier} ${TOLD[state] ?? state} (${kind})`]),
      el('small', { class: 'quiet' }, [attemptsOf(delivery)]),
      ...(error === null ? [] : [el('small', { class: 'exact' }, [error])]),
      ...(state === 'dead' ? [sendAgain(id, this.#hub.changed)] : []),
    ]);
  }
}

const TOLD = {
  held: 'waits to be told',
  pending: 'is about to be told',
  sending: 'is being told',
  delivered: 'was told',
  dead: 'was not told',
  cancelled: 'is not told any more',
};

function attemptsOf({ attempts, state, next_attempt_at: next }) {
  if (attempts === 0) return '';
  const tries = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  return state === 'pending' && next !== null ? `${tries}, the next in ${until(next)}` : tries;
}

const item = (at, sign, words) =>
  el('li', {}, [timeMark(at, clock(at)), sign, el('div', { class: 'words' }, words)]);

function happening({ timestamp, level, summary, alert_id: of }, { id }) {
  const own = of === id ? { class: 'own' } : {};
  return item(timestamp, statusSign(level), [el('span', own, [summary])]);
}

function factsOf(alert, deliveries, silences) {
  const by = silences.find(({ id }) => id === alert.silenced_by);
  const { target_name: target, rule, instance, value, limit, unit, acknowledged, notifiers } = alert;
  const withUnit = (number) => (number === null ? null : `${Number(number.toPrecision(4))} ${unit}`.trim());
  return {
    target,
    rule: [rule, instance].filter(Boolean).join(' '),
    state: alert.state,
    value: withUnit(value),
    limit: withUnit(limit),
    began: exactTime(alert.pending_since),
    fired: alert.fired_at && exactTime(alert.fired_at),
    over: alert.resolved_at && exactTime(alert.resolved_at),
    'told to': toldText(notifiers, deliveries),
    'seen by': acknowledged && [acknowledged.by, acknowledged.note].filter(Boolean).join(': '),
    held: [by && silenceText(by), heldText(alert, by)].filter(Boolean).join('; '),
  };
}
