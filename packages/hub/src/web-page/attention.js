// What needs somebody: alerts that fire, and those that somebody has seen or that are held. What happened around an alert is
// for incident.js, messages that reached nobody for dead.js.
import { post, remove } from './api.js';
import { byId, button, el, placeItems, replaceItems, statusMark, timeMark } from './dom.js';
import { clock, since, until } from './format.js';
import { InlineForm, operateButton } from './operate.js';
import { endSilence, silence, silenceText, spanChoices } from './silences.js';
import { heldText } from './told.js';

const SEVERITIES = ['critical', 'warning', 'info'];

const needsSomebody = ({ held, acknowledged, silenced_by: silencedBy }) =>
  held === null && acknowledged === null && silencedBy === null;
const bySeverity = (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);

export class Attention {
  #hub;
  #rows = new Map();
  #needing = [];
  #form = new InlineForm();
  #all = button('ack all', () => this.#form.toggle(this.#all, NOTE, this.#acknowledges()), {
    class: 'operate',
    hidden: '',
  });

  /** @param hub `open` is told the alert that the reader wants to know more of, `changed` that something was changed */
  constructor(hub) {
    this.#hub = hub;
    const mute = button('mute all', () => this.#form.toggle(mute, MUTE, this.#mutes()), {
      class: 'operate',
    });
    byId('attention-head').append(this.#all, mute);
    byId('attention-head').after(this.#form.element);
  }

  show({ alerts, silences }) {
    const sorted = alerts.toSorted(bySeverity);
    const [needing, quiet] = [true, false].map((needs) =>
      sorted.filter((alert) => needsSomebody(alert) === needs),
    );
    this.#needing = needing;
    this.#all.hidden = needing.length < 2;
    byId('attention-title').textContent = titleOf(needing.length);
    document.title = needing.length === 0 ? 'Guardia' : `(${needing.length}) Guardia`;
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
  }

  #row(alert, silences) {
    const row = this.#rows.get(alert.id) ?? new AlertRow(this.#hub);
    this.#rows.set(alert.id, row);
    row.update(alert, silences);
    return row.element;
  }

  /** Those that are shown when it is pressed, one after the other. */
  #acknowledges() {
    const acknowledge = async (note) => {
      for (const { id } of this.#needing) await acknowledgeIfFiring(id, note);
      await this.#hub.changed();
    };
    return [['acknowledge all', acknowledge]];
  }

  #mutes() {
    return spanChoices(async (span) => {
      await post('/alerts/mute', span);
      await this.#hub.changed();
    });
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
}

const REASON = { label: 'Silence it because ', placeholder: 'for those who wonder later' };
const NOTE = { label: 'Note ', placeholder: 'what you know, or what you do' };
const MUTE = { label: 'Tell nobody of any alert because ', placeholder: 'for those who wonder later' };

function titleOf(count) {
  if (count === 0) return 'Nothing needs you';
  return `${count} need${count === 1 ? 's' : ''} you`;
}

const acknowledge = (id, note) => post(`/alerts/${encodeURIComponent(id)}/acknowledge`, { note });

/** One that has ended meanwhile needs nobody. */
async function acknowledgeIfFiring(id, note) {
  try {
    await acknowledge(id, note);
  } catch (error) {
    if (error.code !== 'NOT_FOUND') throw error;
  }
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
    const { severity, summary, target_name: name, fired_at: firedAt, acknowledged } = alert;
    const by = silences.find(({ id }) => id === alert.silenced_by);
    this.#silenceId = by?.id;
    replaceItems(this.#mark, [statusMark(severity)]);
    replaceItems(this.#summary, withName(summary, name));
    const why = [seenText(acknowledged), by && silenceText(by), heldText(alert, by)].filter(Boolean);
    replaceItems(this.#why, why.length === 0 ? [] : [el('span', {}, [why.join('; ')])]);
    replaceItems(this.#since, [timeMark(firedAt, since(firedAt))]);
    this.#acknowledge.hidden = acknowledged !== null;
    this.#silence.hidden = by !== undefined;
    this.#end.hidden = by?.owner !== 'api';
  }

  #askNote() {
    const request = (note) => this.#change(() => acknowledge(this.#alert.id, note));
    this.#form.toggle(this.#acknowledge, NOTE, [['acknowledge', request]]);
  }

  #askReason() {
    const { target_id: target, rule, instance } = this.#alert;
    const match = { target, rule, ...(instance !== '' && { instance }) };
    const choices = spanChoices((span) => this.#change(() => silence(match, span)));
    this.#form.toggle(this.#silence, REASON, choices);
  }

  #endSilence() {
    return this.#change(() => endSilence(this.#silenceId));
  }

  async #change(request) {
    await request();
    await this.#hub.changed();
  }
}

/** What it is about stands out, where the summary has its name as a word of its own. */
function withName(summary, name) {
  const at = ` ${summary} `.indexOf(` ${name} `);
  const part = (tag, ...range) => el(tag, {}, [summary.slice(...range)]);
  if (at === -1) return [part('span', 0)];
  const end = at + name.length;
  return [part('span', 0, at), part('b', at, end), part('span', end)];
}

function seenText(acknowledged) {
  if (acknowledged === null) return '';
  const { at, by, note } = acknowledged;
  return `seen by ${by} ${since(at)} ago${note === '' ? '' : `: ${note}`}`;
}
