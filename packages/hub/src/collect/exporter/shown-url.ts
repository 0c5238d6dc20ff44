// The URL of an exporter as it may be shown: without credentials.
import { withoutUserInfo } from '../../lib/url.ts';

/** Parameters whose values say what is read; others may be secrets. */
const SHOWN = new Set(['target', 'module', 'collect[]', 'exclude[]', 'name[]', 'match[]']);

/** Takes user and password out of a URL, and the values of parameters that may hold a secret. */
export function shownUrl(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  const parameters = [...shown.searchParams].map(
    ([name, value]) =>
      `${encodeURIComponent(name)}=${SHOWN.has(name) ? encodeURIComponent(withoutUserInfo(value)) : '***'}`,
  );
  shown.search = parameters.join('&');
  shown.hash = '';
  return shown.href;
}
