// What needs somebody: alerts that fire, those that somebody has seen or that are held, and messages that reached nobody.
// What happened around an alert is for incident.js.
import { post, remove } from './api.js';
import { byId, button, el, placeItems, replaceItems, statusMark, timeMark } from './dom.js';
import { clock, since, until } from './format.js';
import { InlineForm, operateButton } from './operate.js';
import { silenceOf } from './silences.js';

const SEVERITIES = ['critical', 'warning', 'info'];
/** How long a silence or a mute may last, as buttons and as the hub reads it. */
const SPANS = [
  ['1 h', '1h'],
  ['4 h', '4h'],
  ['1 d', '1d'],
];
const NO_REASON = 'no reason given';

const needsSomebody = (alert, silences) =>
  alert.held === null && alert.acknowledged === null && silenceOf(alert, silences) === undefined;
const bySeverity = (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);

export class Attention {
  #hub;
  #rows = new Map();
  #muting = new InlineForm();

  /** @param hub `open` is told the alert that the reader wants to know more of, `changed` that something was changed */
  constructor(hub) {
    this.#hub = hub;
    const mute = button('mute all', () => this.#muting.toggle(mute, REASON, this.#mutes()), {
      class: 'operate',
    });
    byId('attention-head').append(mute);
    byId('attention-head').after(this.#muting.element);
  }

  /** @param dead deliveries that are given up */
  show({ alerts, silences, dead }) {
    const sorted = alerts.toSorted(bySeverity);
    const [needing, quiet] = [true, false].map((needs) =>
      sorted.filter((alert) => needsSomebody(alert, silences) === needs),
    );
    byId('attention-title').textContent = titleOf(needing.length);
    const gone = new Set(this.#rows.keys()).difference(new Set(alerts.map(({ id }) => id)));
    for (const id of gone) this.#rows.delete(id);
    placeItems(
      byId('alerts'),
      needing.map((alert) => this.#row(alert, silences)),
    );
    placeItems(
      byId('quiet-alerts'),
      quiet.map((alert) => this.#row(alert, silences)),
    );
    byId('quiet').hidden = quiet.length === 0;
    this.#showMute(silences);
    this.#showDead(dead, alerts);
  }

  #row(alert, silences) {
    const row = this.#rows.get(alert.id) ?? new AlertRow(this.#hub);
    this.#rows.set(alert.id, row);
    row.update(alert, silences);
    return row.element;
  }

  #mutes() {
    return SPANS.map(([label, duration]) => [
      label,
      async (reason) => {
        await post('/alerts/mute', { duration, reason: reason || NO_REASON });
        await this.#hub.changed();
      },
    ]);
  }

  #showMute(silences) {
    const mute = silences
      .filter(({ kind, starts_at: start }) => kind === 'mute' && Date.parse(start) <= Date.now())
      .at(-1);
    byId('mute').hidden = mute === undefined;
    if (mute === undefined) return;
    const { ends_at: end, author, reason } = mute;
    const text = `Muted until ${clock(end)}, ${until(end)} left: nobody is told of any alert. By ${author}: ${reason}`;
    const unmute = operateButton(
      'unmute',
      async () => {
        await remove('/alerts/mute');
        await this.#hub.changed();
      },
      { 'data-id': 'unmute' },
    );
    replaceItems(byId('mute'), [el('span', {}, [text]), unmute]);
  }

  #showDead(dead, alerts) {
    byId('dead').hidden = dead.length === 0;
    const summaries = new Map(alerts.map(({ id, summary }) => [id, summary]));
    replaceItems(
      byId('dead-deliveries'),
      dead.map((delivery) => this.#deadRow(delivery, summaries.get(delivery.alert_id))),
    );
  }

  #deadRow({ id, alert_id: alert, notifier, kind, attempts, created_at: at, last_error: error }, summary) {
    const tries = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
    return el('li', {}, [
      el('span', { class: 'mark' }, [statusMark('dead')]),
      el('div', { class: 'what' }, [
        el('span', {}, [`${notifier} was not told (${kind})${summary === undefined ? '' : `: ${summary}`}`]),
        el('small', { class: 'exact' }, [`${tries}. ${error ?? ''}`]),
      ]),
      el('span', { class: 'since' }, [timeMark(at, since(at))]),
      el('span', { class: 'actions' }, [
        sendAgain(id, this.#hub.changed),
        button('what happened', () => this.#hub.open(alert), { 'data-id': `why ${id}` }),
      ]),
    ]);
  }
}

const REASON = { label: 'Reason ', placeholder: 'for those who wonder later' };

function titleOf(count) {
  if (count === 0) return 'Nothing needs you';
  return `${count} need${count === 1 ? 's' : ''} you`;
}

/** Sends a dead delivery again. */
export function sendAgain(id, changed) {
  const request = async () => {
    await post(`/deliveries/${encodeURIComponent(id)}/retry`, {});
    await changed();
  };
  return operateButton('send again', request, { 'data-id': `send ${id}` });
}

/** One alert, kept while it fires, so that what the reader types stays. */
class AlertRow {
  #hub;
  #alert;
  #silenceId;
  #mark = el('span', { class: 'mark' });
  #summary = el('span', {});
  #why = el('small', {});
  #since = el('span', { class: 'since' });
  #form = new InlineForm();
  #acknowledge = button('ack', () => this.#askNote(), { class: 'operate' });
  #silence = button('silence', () => this.#askReason(), { class: 'operate' });
  #end = operateButton('end silence', () => this.#endSilence());
  element = el('li', {}, [
    this.#mark,
    el('div', { class: 'what' }, [this.#summary, this.#why]),
    this.#since,
    el('span', { class: 'actions' }, [
      this.#acknowledge,
      this.#silence,
      this.#end,
      button('what happened', () => this.#hub.open(this.#alert.id)),
    ]),
    this.#form.element,
  ]);

  constructor(hub) {
    this.#hub = hub;
  }

  update(alert, silences) {
    this.#alert = alert;
    const { severity, summary, fired_at: firedAt, acknowledged, held } = alert;
    const silence = silenceOf(alert, silences);
    this.#silenceId = silence?.id;
    this.#mark.replaceChildren(statusMark(severity));
    this.#summary.textContent = summary;
    this.#why.textContent = [seenText(acknowledged), silenceText(silence), heldText(held, silence)]
      .filter(Boolean)
      .join('; ');
    this.#since.replaceChildren(timeMark(firedAt, since(firedAt)));
    this.#acknowledge.hidden = acknowledged !== null;
    this.#silence.hidden = silence !== undefined;
    this.#end.hidden = silence?.owner !== 'api';
  }

  #askNote() {
    const words = { label: 'Note ', placeholder: 'what you know, or what you do' };
    const acknowledge = (note) => this.#change(() => post(`${this.#path}/acknowledge`, { note }));
    this.#form.toggle(this.#acknowledge, words, [['acknowledge', acknowledge]]);
  }

  #askReason() {
    const { target_id: target, rule, instance } = this.#alert;
    const match = { target, rule, ...(instance !== '' && { instance }) };
    const choices = SPANS.map(([label, duration]) => [
      label,
      (reason) => this.#change(() => post('/silences', { match, duration, reason: reason || NO_REASON })),
    ]);
    this.#form.toggle(this.#silence, REASON, choices);
  }

  #endSilence() {
    return this.#change(() => remove(`/silences/${encodeURIComponent(this.#silenceId)}`));
  }

  get #path() {
    return `/alerts/${encodeURIComponent(this.#alert.id)}`;
  }

  async #change(request) {
    await request();
    await this.#hub.changed();
  }
}

function seenText(acknowledged) {
  if (acknowledged === null) return '';
  const { at, by, note } = acknowledged;
  return `seen by ${by} ${since(at)} ago${note === '' ? '' : `: ${note}`}`;
}

function silenceText(silence) {
  if (silence === undefined) return '';
  return `silenced by ${silence.author} for ${until(silence.ends_at)} more: ${silence.reason}`;
}

/** Why nobody is told of an alert, unless that is said by its silence; '' when somebody is. */
export function heldText(held, silence) {
  switch (held?.reason) {
    case undefined:
      return '';
    case 'silence':
      return silence === undefined ? `silenced by ${held.by}` : '';
    case 'maintenance':
      return `maintenance ${held.by}`;
    case 'parent':
      return `parent ${held.by} fails`;
    case 'flapping':
      return 'it comes and goes too often to tell each time';
    default:
      return 'all alerts are muted';
  }
}
