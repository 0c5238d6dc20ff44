// Who was told of an alert, why messages about it wait, and what isn't shown of it, in words. Which alert is
// shown is for attention.js and incident.js.

/** What the newest message about it has come to; who isn't told any more is left out. */
const UNTOLD = {
  held: 'held for',
  pending: 'on its way to',
  sending: 'on its way to',
  dead: 'could not reach',
};

/** Each of its notifiers by what it was told of an alert: `ops; held for hook`.
 *  @param deliveries all messages about the alert */
export function toldText(notifiers, deliveries) {
  const of = (name) => deliveries.filter(({ notifier, kind }) => notifier === name && kind !== 'resolved');
  const told = notifiers.filter((name) => of(name).some(({ state }) => state === 'delivered'));
  const untold = notifiers.filter((name) => !told.includes(name));
  const named = Object.groupBy(untold, (name) => UNTOLD[of(name).at(-1)?.state] ?? '');
  return [
    told.join(', ') || 'nobody',
    ...Object.entries(named).flatMap(([what, names]) => (what === '' ? [] : [`${what} ${names.join(', ')}`])),
  ].join('; ');
}

/** Why messages about an alert wait, unless that is said by its silence; '' when none does. Some may have left before. */
export function heldText({ held, target_name: target }, silence) {
  switch (held?.reason) {
    case undefined:
      return '';
    case 'silence':
      return silence === undefined ? 'messages held by a silence that is over' : '';
    case 'maintenance':
      return `messages held during the maintenance '${held.by}'`;
    case 'parent':
      return held.by === target
        ? 'messages held while it is down'
        : `messages held while ${held.by} fails, on which it depends`;
    case 'flapping':
      return 'it comes and goes too often to tell each time';
    default:
      return 'messages held while all alerts are muted';
  }
}

/** What the list of what happened lacks; '' when it has all.
 *  @param leftOut how many messages
 *  @param cut whether anything else is missing */
export function missingText(leftOut, cut) {
  const messages = leftOut === 0 ? '' : `Messages left out between the first and the newest: ${leftOut}.`;
  return [messages, cut ? 'More happened than is shown here.' : ''].filter(Boolean).join(' ');
}
