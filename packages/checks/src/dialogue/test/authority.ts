// An authority for tests, whose key and certificates are made by the openssl program at test time. Tests alone use it;
// whether it is trusted is for them.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './kit.ts';

interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

interface Authority {
  /** To be trusted. */
  readonly cert: string;
  /** Makes a certificate for `name` (`IP:127.0.0.1`, `DNS:localhost`) that is valid for some days from now. */
  issue(name: string, days: number): KeyAndCertificate;
}

/** Makes an authority. Call within a test. @param organization without spaces @param days how long its own certificate is valid */
export function authority(organization: string, days: number): Authority {
  const folder = temporaryFolder();
  const openssl = (args: string) => execFileSync('openssl', args.split(' '), { cwd: folder, stdio: 'pipe' });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  // A name of its own: two of one name would be taken for each other.
  const subject = (name: string) => `-subj /O=${name}/CN=${randomUUID()}`;
  const ec = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  openssl(`req -x509 ${ec} -keyout ca.key -out ca.pem -days ${days} ${subject(organization)}`);
  return {
    cert: read('ca.pem'),
    issue(name, daysValid) {
      openssl(`req -new ${ec} -keyout own.key -out own.csr ${subject('own')}`);
      writeFileSync(join(folder, 'san'), `subjectAltName=${name}\n`);
      const by = '-CA ca.pem -CAkey ca.key -CAcreateserial';
      openssl(`x509 -req -in own.csr ${by} -days ${daysValid} -extfile san -out own.pem`);
      return { key: read('own.key'), cert: read('own.pem') };
    },
  };
}
