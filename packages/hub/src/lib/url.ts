// URLs as they may be shown and sent.

/** Takes user and password out of a URL: they are credentials, and who reads it has no use for them. */
export function withoutUserInfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}
