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
  const parts = [...raw, ...raw.map(decode), basicCredentials(url) ?? '', ...secrets]
    .filter((part) => part.length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length);
  return (text) => parts.reduce((rest, part) => rest.replaceAll(part, '***'), text);
}

/** User and password of a URL as the header `authorization: Basic` takes them; null when it has none. */
export function basicCredentials({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  return Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
}

/** Percent-decodes; what isn't well encoded stays as it is. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
