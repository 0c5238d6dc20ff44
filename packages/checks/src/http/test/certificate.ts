// Certificates for tests, made by the openssl program at test time so that none lies in the tree and grows old.
// Tests alone use it.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CA_CONFIG = `[ca]
default_ca = test
[test]
new_certs_dir = .
database = index.txt
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
`;

/** Makes a self-signed certificate for `name` (`IP:127.0.0.1`, `DNS:localhost`) that ends at a wall time. */
export function testCertificate(name: string, endsAt: number): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-certificate-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  try {
    writeFileSync(join(folder, 'ca.cnf'), CA_CONFIG);
    writeFileSync(join(folder, 'index.txt'), '');
    writeFileSync(join(folder, 'serial'), '01');
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key.pem');
    openssl(
      'req',
      '-new',
      '-key',
      'key.pem',
      '-subj',
      // A name of its own: two of one name would be taken for each other.
      `/CN=test ${randomUUID()}`,
      '-addext',
      `subjectAltName=${name}`,
      '-out',
      'csr.pem',
    );
    const dates = ['-startdate', '20200101000000Z', '-enddate', asn1Time(endsAt)];
    openssl(
      'ca',
      '-batch',
      '-config',
      'ca.cnf',
      '-selfsign',
      '-keyfile',
      'key.pem',
      '-in',
      'csr.pem',
      '-out',
      'cert.pem',
      ...dates,
    );
    const read = (file: string) => readFileSync(join(folder, file), 'utf8');
    return { key: read('key.pem'), cert: read('cert.pem') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function asn1Time(at: number): string {
  return `${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
}
