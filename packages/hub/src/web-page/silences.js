// Which silence is why nobody hears more of an alert, also of one that was told before the silence was made. What a
// silence holds is decided by the hub.

/** What each condition is held against, as the hub does. */
const VALUES = {
  target: ({ target_name: name, target_id: id }) => [name, id],
  rule: ({ rule }) => [rule],
  instance: ({ instance }) => [instance],
  group: ({ group }) => [group],
  tag: ({ tags }) => tags,
  severity: ({ severity }) => [severity],
};

/** The one that is in force and ends last; undefined when there is none. */
export function silenceOf(alert, silences) {
  return silences
    .filter(({ kind, starts_at: start }) => kind === 'silence' && Date.parse(start) <= Date.now())
    .filter(({ match }) =>
      Object.entries(match).every(([key, glob]) => VALUES[key]?.(alert).some(isMeant(glob))),
    )
    .at(-1);
}

/** `*` stands for any characters. Parts are looked for one after the other: a pattern could be made that takes for ever. */
function isMeant(glob) {
  const [first, ...others] = glob.split('*');
  if (others.length === 0) return (text) => text === glob;
  const last = others.pop();
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of others) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return text.slice(at).endsWith(last);
  };
}
