// What one check does, as data: the form in which the configuration, the hub and its vantage points pass checks on.
// How each type is run is the checks package's; when and from where is the hub's.

/** What all types of check have. */
interface CheckSpecBase {
  /** Bounds the whole check, attempts included. Milliseconds, always below the service's interval. */
  readonly timeoutMs: number;
  /** Further attempts within one check, after the first failed. @default 0 */
  readonly retries: number;
  /** Slower than this is DEGRADED; null: however slow. Milliseconds. */
  readonly degradedMs: number | null;
  /** Whether link-local and metadata addresses (169.254.0.0/16, fe80::/10, fd00:ec2::254 and the like) may be reached.
   *  Private addresses always may. @default false */
  readonly allowLinkLocal: boolean;
}

/** Status codes from `from` to `to`, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** A header that the answer must have. The pattern is held against each of its values. */
export interface ExpectedHeader {
  /** In lower case. */
  readonly name: string;
  /** A pattern of `model/query` (RE2-like), found anywhere in the value; null: the header must only be there. */
  readonly pattern: string | null;
}

/** What a value in a JSON body must be. */
export interface JsonCondition {
  /** `$.status`, `$.items[0].name`, `$.items.length`: names and indices from the root. */
  readonly path: string;
  readonly op: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'matches' | 'exists';
  /** Null for `exists`, and where a JSON null is compared. */
  readonly value: string | number | boolean | null;
}

/** How the checked certificate is judged. */
interface CertificateSpec {
  /** A certificate that ends in fewer days is DEGRADED. @default 14 */
  readonly certWarnDays: number;
}

export interface HttpCheckSpec extends CheckSpecBase, CertificateSpec {
  readonly type: 'http';
  readonly url: string;
  readonly method: HttpMethod;
  /** Values may be secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly expectedStatus: readonly StatusRange[];
  readonly expectedHeaders: readonly ExpectedHeader[];
  /** A pattern of `model/query` (RE2-like), found anywhere in the body; null: any body. */
  readonly bodyPattern: string | null;
  readonly jsonConditions: readonly JsonCondition[];
  readonly followRedirects: boolean;
}

export interface TlsCheckSpec extends CheckSpecBase, CertificateSpec {
  readonly type: 'tls';
  readonly host: string;
  readonly port: number;
  /** The name that the certificate must be for. @default host */
  readonly serverName: string;
  /** Text that the issuer's name must contain; null: any issuer. */
  readonly issuer: string | null;
}

export interface TcpCheckSpec extends CheckSpecBase {
  readonly type: 'tcp';
  readonly host: string;
  readonly port: number;
  /** Sent once the connection stands; null: nothing. */
  readonly send: string | null;
  /** A pattern of `model/query` (RE2-like), found anywhere in what comes; null: connecting is enough. */
  readonly expect: string | null;
}

export type DnsRecordType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'TXT' | 'SRV' | 'SOA' | 'PTR' | 'CAA';

export interface DnsCheckSpec extends CheckSpecBase {
  readonly type: 'dns';
  /** The name that is asked for. */
  readonly name: string;
  readonly recordType: DnsRecordType;
  /** Address of the resolver, with or without port; null: this machine's. */
  readonly resolver: string | null;
  /** Each must be among the answers; empty: any answer. */
  readonly expectedAnswers: readonly string[];
}

export interface IcmpCheckSpec extends CheckSpecBase {
  readonly type: 'icmp';
  readonly host: string;
  /** Packets of one check. @default 3 */
  readonly packets: number;
  /** More loss than this is DEGRADED; none coming back is DOWN. Percent. @default 0 */
  readonly maxLossPercent: number;
}

/** Nothing is asked: whoever is watched reports here, and silence is DOWN (a dead man's switch). */
export interface PushCheckSpec extends CheckSpecBase {
  readonly type: 'push';
  /** Last part of the address that is reported to: a secret. */
  readonly token: string;
  /** How much later than the interval a report may come. Milliseconds. */
  readonly graceMs: number;
}

export interface PostgresCheckSpec extends CheckSpecBase {
  readonly type: 'postgres';
  readonly host: string;
  readonly port: number;
  /** The server is asked as this user, up to where it wants a password. */
  readonly user: string;
  readonly database: string;
}

export interface RedisCheckSpec extends CheckSpecBase {
  readonly type: 'redis';
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  /** A secret; null sends none, and a server that wants one counts as there. */
  readonly password: string | null;
}

export interface SmtpCheckSpec extends CheckSpecBase, CertificateSpec {
  readonly type: 'smtp';
  readonly host: string;
  readonly port: number;
  /** Whether the server must offer STARTTLS, and its certificate is judged. @default false */
  readonly startTls: boolean;
}

export interface SshCheckSpec extends CheckSpecBase {
  readonly type: 'ssh';
  readonly host: string;
  readonly port: number;
}

/** State of a systemd unit of the machine that runs the check. */
export interface SystemdCheckSpec extends CheckSpecBase {
  readonly type: 'systemd';
  /** `nginx.service`. */
  readonly unit: string;
}

/** State of a container of the machine that runs the check. */
export interface DockerCheckSpec extends CheckSpecBase {
  readonly type: 'docker';
  readonly container: string;
  /** Path of the engine's socket. @default /var/run/docker.sock */
  readonly socket: string;
}

export type CheckSpec =
  | HttpCheckSpec
  | TlsCheckSpec
  | TcpCheckSpec
  | DnsCheckSpec
  | IcmpCheckSpec
  | PushCheckSpec
  | PostgresCheckSpec
  | RedisCheckSpec
  | SmtpCheckSpec
  | SshCheckSpec
  | SystemdCheckSpec
  | DockerCheckSpec;

export type CheckType = CheckSpec['type'];
