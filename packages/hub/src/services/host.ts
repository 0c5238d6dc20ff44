// Which machine answers a check, as far as its spec says. Whether two are the same is left to machines.ts.
import type { CheckSpec } from '@guardia/model';

/** Stands for whichever resolver this machine uses. */
const OWN_RESOLVER = 'resolver.invalid';

/** Host name or address. */
export function hostOf(spec: CheckSpec): string {
  switch (spec.type) {
    case 'http':
      return URL.parse(spec.url)?.hostname ?? spec.url;
    case 'dns':
      return spec.resolver === null ? OWN_RESOLVER : withoutPort(spec.resolver);
    case 'push':
    case 'systemd':
    case 'docker':
      return 'localhost';
    default:
      return spec.host;
  }
}

function withoutPort(address: string): string {
  const bracketed = /^\[(.*)\]/.exec(address)?.[1];
  if (bracketed !== undefined) return bracketed;
  const [host, ...rest] = address.split(':');
  return rest.length === 1 ? host! : address;
}
