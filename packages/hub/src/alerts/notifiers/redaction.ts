// Takes a notifier's secrets out of what its far side said, because servers like to repeat the path that they were
// asked for. What is worth quoting is for the caller.

/** Cutting out shorter ones would show them by what is missing; parts of an address that short (`api`, `v1`) are words. */
const MIN_CUT_LENGTH = 6;
const WITHHELD = `something that is not shown, since it holds a secret of less than ${MIN_CUT_LENGTH} characters`;
/** Parameters whose values are secrets, however short. */
const SECRET_NAME = /key|token|secret|pass|auth|sig/i;

/** Makes a function that replaces every part of the URL beyond its host, and every further secret, by `***`. A text that
 *  holds a secret too short for that is left out as a whole. */
export function createRedactor(url: URL, secrets: readonly string[]): (text: string) => string {
  const parameters = [...url.searchParams];
  const values = parameters.filter(([name]) => SECRET_NAME.test(name)).map(([, value]) => value);
  const words = [...url.pathname.split('/'), ...url.searchParams.values(), url.username, url.search];
  const whole = [url.password, decode(url.password), basicCredentials(url) ?? '', ...values, ...secrets];
  return redactorOf(whole, [...words, ...words.map(decode)]);
}

/** The same of secrets alone. @param words more to replace, but for short ones, which may stay */
export function redactorOf(
  secrets: readonly string[],
  words: readonly string[] = [],
): (text: string) => string {
  const long = [...secrets, ...words]
    .filter((part) => part.length >= MIN_CUT_LENGTH)
    .sort((a, b) => b.length - a.length);
  const short = secrets.filter((secret) => secret !== '' && secret.length < MIN_CUT_LENGTH);
  return (text) => {
    const rest = long.reduce((left, part) => left.replaceAll(part, '***'), text);
    return short.some((secret) => rest.includes(secret)) ? WITHHELD : rest;
  };
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
