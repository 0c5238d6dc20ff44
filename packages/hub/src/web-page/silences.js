// The silences that are in force or will be, with who made them and why, and buttons that end them; and a form that makes
// one. Which alerts they mean is decided by the hub.
import { post, remove } from './api.js';
import { byId, el, replaceItems } from './dom.js';
import { dateAndClock, until } from './format.js';
import { operateButton } from './operate.js';

/** How long a silence or a mute may last, as buttons and as the hub reads it. */
const SPANS = [
  ['for 1 h', '1h'],
  ['for 4 h', '4h'],
  ['for 1 d', '1d'],
];
const NO_REASON = 'no reason given';

/** The choices of an inline form: one for each span, which is given it and the reason. */
export const spanChoices = (request) =>
  SPANS.map(([label, duration]) => [label, (reason) => request({ duration, reason: reason || NO_REASON })]);

export const silence = (match, span) => post('/silences', { match, ...span });

export const endSilence = (id) => remove(`/silences/${encodeURIComponent(id)}`);

/** What it means, in the words of the configuration: `target web-*, rule disk`. Targets are shown by their names.
 *  @param names of targets by id */
export function matchText(match, names) {
  return Object.entries(match)
    .map(([key, value]) => `${key} ${key === 'target' ? (names.get(value) ?? value) : value}`)
    .join(', ');
}

/** Who made it, how long it lasts, and why. */
export function silenceText({ author, ends_at: end, reason }) {
  return `silenced by ${author} for ${until(end)} more: ${reason}`;
}

/** @param silences of the hub, mutes among them: those have a place of their own
 *  @param names of targets by id; @param changed is told that something was changed */
export function showSilences(silences, { names, changed }) {
  const shown = silences.filter(({ kind }) => kind === 'silence');
  byId('silences-section').hidden = shown.length === 0;
  byId('silences-title').textContent = shown.length === 1 ? '1 silence' : `${shown.length} silences`;
  replaceItems(
    byId('silences'),
    shown.map((one) => silenceRow(one, { names, changed })),
  );
}

function silenceRow(silence, { names, changed }) {
  const { id, match, author, reason, owner } = silence;
  return el('li', {}, [
    el('div', { class: 'what' }, [
      el('span', {}, [matchText(match, names)]),
      el('small', {}, [`${spanText(silence)}, by ${author}: ${reason}`]),
    ]),
    el('span', { class: 'actions' }, [
      owner === 'api'
        ? operateButton('end', () => endSilence(id).then(changed), {
            'data-id': `end ${id}`,
            'aria-label': `end the silence of ${matchText(match, names)}`,
          })
        : el('small', {}, ['of the configuration']),
    ]),
  ]);
}

function spanText({ starts_at: start, ends_at: end }) {
  const isToCome = Date.parse(start) > Date.now();
  return isToCome
    ? `from ${dateAndClock(start)} to ${dateAndClock(end)}`
    : `until ${dateAndClock(end)}, ${until(end)} left`;
}
