// Reads what a machine is: distribution, kernel, names, and the id of this boot. How often is left to the
// caller; only the host name can change while it runs.
import type { Identity } from '../readings.ts';
import type { KernelFiles } from './kernel-files.ts';

/** The two places of os-release(5), the first that exists counts. */
const OS_RELEASE = ['/etc/os-release', '/usr/lib/os-release'];

/** @param machine what `uname -m` says, which no file of older kernels tells */
export function readIdentity(files: KernelFiles, machine: string): Identity {
  const release = parseOsRelease(
    OS_RELEASE.map((path) => files.once(path)).find((text) => text !== null) ?? '',
  );
  return {
    osName: release.get('NAME') ?? null,
    osVersion: release.get('VERSION_ID') ?? null,
    kernelRelease: files.word('/proc/sys/kernel/osrelease'),
    kernelBuild: files.word('/proc/sys/kernel/version'),
    hostName: files.word('/proc/sys/kernel/hostname'),
    domainName: files.word('/proc/sys/kernel/domainname'),
    bootId: files.word('/proc/sys/kernel/random/boot_id'),
    machine,
  };
}

/** `KEY=value`, `KEY="value"`, `KEY='value'`; inside quotes a backslash keeps the next character. */
function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(["']?)(.*)\2\s*$/.exec(line);
    if (match !== null && match[3] !== '') values.set(match[1]!, match[3]!.replace(/\\(.)/g, '$1'));
  }
  return values;
}
