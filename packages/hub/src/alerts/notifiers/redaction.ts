// Takes a notifier's secrets out of what its far side said, because servers like to repeat the path that they were
// asked for. What is worth quoting is for the caller.

/** Parts shorter than this (`api`, `v1`) are words, not secrets. */
const MIN_SECRET_LENGTH = 6;

/** Makes a function that replaces every part of the URL beyond its host, and every further secret, by `***`. */
export function createRedactor(url: URL, secrets: readonly string[]): (text: string) => string {
  const raw = [
    ...url.pathname.split('/'),
    ...url.searchParams.values(),
    url.username,
    url.password,
    url.search,
  ];
  const parts = [...raw, ...raw.map(decode), ...secrets]
    .filter((part) => part.length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length);
  return (text) => parts.reduce((rest, part) => rest.replaceAll(part, '***'), text);
}

/** Percent-decodes; what isn't well encoded stays as it is. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
