// The time line of the last hour or longer: everything that happened, newest first, of all targets or of one. What is chosen
// is kept by page.js.
import { button, byId, el, replaceItems, statusSign, timeMark } from './dom.js';
import { withoutEchoes } from './echoes.js';
import { clock, dayAndClock } from './format.js';

/** The most that are listed. */
export const MAX_CHANGES = 100;
export const HOUR = '1h';
/** From when on, back from now. */
export const SPANS = {
  [HOUR]: { label: 'in the last hour', ms: 3_600_000 },
  '24h': { label: 'in the last 24 hours', ms: 86_400_000 },
  '7d': { label: 'in the last 7 days', ms: 7 * 86_400_000 },
  '30d': { label: 'in the last 30 days', ms: 30 * 86_400_000 },
};

export class Changes {
  #hub;

  /** @param hub `pick` is told the id of the target that the reader chose, null for all; `since` the name of the span, `open`
   *  the id of the alert */
  constructor(hub) {
    this.#hub = hub;
    const spans = Object.entries(SPANS).map(([value, { label }]) => el('option', { value }, [label]));
    byId('changes-since').append(...spans);
    byId('changes-since').onchange = ({ currentTarget }) => hub.since(currentTarget.value);
    byId('changes-target').onchange = ({ currentTarget }) => hub.pick(currentTarget.value || null);
  }

  /** @param changes `{ entries, isCut }`, or `failure`: why they could not be read
   *  @param chosen `target` and `since`; @param targets names by id */
  show(changes, { target: chosen, since }, targets) {
    byId('changes-section').hidden = false;
    this.#showTargets(chosen, targets);
    byId('changes-since').value = since;
    byId('changes-word').textContent = wordOf(changes);
    replaceItems(
      byId('changes'),
      withoutEchoes(changes.entries ?? []).map((entry) => this.#row(entry, chosen, since)),
    );
  }

  /** The list isn't touched while it is the same: it may be open. */
  #showTargets(chosen, targets) {
    const all = new Map([['', 'all targets'], ['hub', 'the hub itself'], ...targets]);
    if (chosen !== null && !all.has(chosen)) all.set(chosen, chosen);
    const select = byId('changes-target');
    const shown = [...select.options].map(({ value, label }) => [value, label]);
    if (JSON.stringify([...all]) !== JSON.stringify(shown))
      select.replaceChildren(...[...all].map(([value, name]) => el('option', { value }, [name])));
    select.value = chosen ?? '';
  }

  #row(
    { seq, timestamp, level, summary, target_id: id, target_name: target, alert_id: alert },
    chosen,
    since,
  ) {
    const link = (text, onclick, attributes) => button(text, onclick, { class: 'link', ...attributes });
    return el('li', {}, [
      timeMark(timestamp, since === HOUR ? clock(timestamp) : dayAndClock(timestamp)),
      statusSign(level),
      el('div', { class: 'words' }, [
        el('span', {}, [summary]),
        ...(alert === null
          ? []
          : [link('what happened', () => this.#hub.open(alert), { 'data-id': `why ${seq}` })]),
      ]),
      ...(target === null || chosen !== null
        ? []
        : [
            link(target, () => this.#hub.pick(id), {
              'data-id': `of ${seq}`,
              'aria-label': `only what changed on ${target}`,
            }),
          ]),
    ]);
  }
}

function wordOf({ entries, isCut, failure }) {
  if (failure !== undefined) return `The time line could not be read. ${failure}`;
  if (entries.length === 0) return 'Nothing changed.';
  return isCut ? `The newest ${MAX_CHANGES}; choose a target to see more of it.` : '';
}
