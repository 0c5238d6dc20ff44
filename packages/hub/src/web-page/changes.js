// The time line of the last hour: everything that happened, newest first, of all targets or of one. Which one is chosen is
// kept by page.js.
import { button, byId, el, replaceItems, statusSign, timeMark } from './dom.js';
import { clock } from './format.js';

/** The most that are listed. */
export const MAX_CHANGES = 100;

export class Changes {
  #hub;

  /** @param hub `pick` is told the id of the target that the reader chose, null for all; `open` that of the alert */
  constructor(hub) {
    this.#hub = hub;
    byId('changes-target').onchange = ({ currentTarget }) => hub.pick(currentTarget.value || null);
  }

  /** @param changes `{ entries, isCut }`, or `failure`: why they could not be read
   *  @param targets names by id */
  show(changes, chosen, targets) {
    this.#showTargets(chosen, targets);
    byId('changes-word').textContent = wordOf(changes);
    replaceItems(
      byId('changes'),
      (changes.entries ?? []).map((entry) => this.#row(entry, chosen)),
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

  #row({ seq, timestamp, level, summary, target_id: id, target_name: target, alert_id: alert }, chosen) {
    const link = (text, onclick, attributes) => button(text, onclick, { class: 'link', ...attributes });
    return el('li', {}, [
      timeMark(timestamp, clock(timestamp)),
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
