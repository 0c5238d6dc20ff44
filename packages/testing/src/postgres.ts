// A real PostgreSQL server of a test's own: a cluster in a temporary folder, on a free loopback port, that can be
// killed and started again. What is stored in it is the test's; the program comes from Debian's `postgresql`.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

const INSTALLED = '/usr/lib/postgresql';
const USER = 'guardia';
const DATABASE = 'postgres';

export interface PostgresOptions {
  /** Whether commits are on the disk when they return; a test has no use for that, a bench has. @default false */
  readonly fsync?: boolean;
  /** Further settings by name, `max_connections` for instance. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresCluster {
  /** `postgres://guardia:<password>@127.0.0.1:<port>/postgres`, of a superuser. */
  readonly url: string;
  readonly port: number;
  readonly password: string;
  /** Makes an empty database. @returns its URL */
  createDatabase(name: string): Promise<string>;
  /** Ends every connection of clients, as an administrator or a failover would. */
  terminateConnections(): Promise<void>;
  /** Kills the server and all its processes; nothing answers on the port until `restart`. */
  kill9(): Promise<void>;
  /** Ends the server where it runs, and starts it again on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends the server and removes its folder. Safe twice. */
  stop(): Promise<void>;
}

/** Whether PostgreSQL isn't installed, for `describe.skipIf`. Says loudly that tests are skipped.
 *  @throws with CI=true, where a skip is a failure */
export function postgresIsMissing(): boolean {
  if (binaries() !== undefined) return false;
  const message = 'SKIPPED: PostgreSQL is missing, install the Debian package postgresql';
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(message);
  return true;
}

/** Starts a cluster; takes about a second. Whoever starts it stops it; what is left ends with this process. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresCluster> {
  const bin = binaries();
  if (bin === undefined)
    throw new Error(`no PostgreSQL below ${INSTALLED}: install the Debian package postgresql`);
  const cluster = new LocalCluster(bin, await freePort(), options);
  try {
    await cluster.create();
    await cluster.restart();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** Who owns the files and the processes. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
}

class LocalCluster implements PostgresCluster {
  readonly port: number;
  readonly password = randomBytes(12).toString('hex');
  readonly #bin: string;
  readonly #owner = unprivileged();
  readonly #folder = mkdtempSync(join(tmpdir(), 'guardia-postgres-'));
  readonly #settings: Readonly<Record<string, string>>;
  readonly #endWithProcess = () => {
    this.#signalAll();
    rmSync(this.#folder, { recursive: true, force: true });
  };
  #server: ChildProcess | undefined;

  constructor(bin: string, port: number, { fsync = false, settings = {} }: PostgresOptions) {
    this.#bin = bin;
    this.port = port;
    this.#settings = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
      shared_buffers: '16MB',
      fsync: fsync ? 'on' : 'off',
      ...settings,
    };
    process.once('exit', this.#endWithProcess);
  }

  get url(): string {
    return this.#urlOf(DATABASE);
  }

  async create(): Promise<void> {
    const passwordFile = join(this.#folder, 'password');
    writeFileSync(passwordFile, this.password, { mode: 0o600 });
    if (this.#owner !== undefined) {
      for (const path of [this.#folder, passwordFile]) chownSync(path, this.#owner.uid, this.#owner.gid);
    }
    const words = [
      '--no-sync',
      '--no-locale',
      '--encoding=UTF8',
      '--auth=scram-sha-256',
      `--username=${USER}`,
    ];
    await run(
      join(this.#bin, 'initdb'),
      [...words, `--pwfile=${passwordFile}`, `--pgdata=${this.#data()}`],
      this.#spawnOptions(),
    );
  }

  async createDatabase(name: string): Promise<string> {
    await this.#sql(`create database "${name.replaceAll('"', '""')}"`);
    return this.#urlOf(name);
  }

  async terminateConnections(): Promise<void> {
    await this.#sql(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
  }

  async kill9(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const exited = once(server, 'exit');
    const children = this.#signalAll();
    this.#server = undefined;
    await exited;
    // A process that was killed still holds the shared memory for a moment, and a new server refuses to start then.
    while (children.some(isRunning)) await new Promise((resolve) => setImmediate(resolve));
  }

  async restart(): Promise<void> {
    await this.#end();
    const settings = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = spawn(join(this.#bin, 'postgres'), ['-D', this.#data(), ...settings], {
      ...this.#spawnOptions(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#server = server;
    await ready(server);
  }

  async stop(): Promise<void> {
    await this.#end();
    process.off('exit', this.#endWithProcess);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    // SIGINT is PostgreSQL's fast shutdown: connections are ended, the data is written.
    server.kill('SIGINT');
    await exited;
  }

  /** Kills the server and the processes that it started, which would live on for a while. @returns their ids */
  #signalAll(): readonly number[] {
    const pid = this.#server?.pid;
    if (pid === undefined) return [];
    const ids = [pid, ...childrenOf(pid)];
    for (const id of ids) kill(id);
    return ids;
  }

  /** As the administrator, through Debian's psql. */
  async #sql(text: string): Promise<void> {
    const words = [
      '--no-psqlrc',
      '--quiet',
      '--set=ON_ERROR_STOP=1',
      `--username=${USER}`,
      `--command=${text}`,
    ];
    await run(
      join(this.#bin, 'psql'),
      [...words, '--host=127.0.0.1', `--port=${this.port}`, `--dbname=${DATABASE}`],
      { ...this.#spawnOptions(), env: { PGPASSWORD: this.password } },
    );
  }

  #data(): string {
    return join(this.#folder, 'data');
  }

  #urlOf(database: string): string {
    return `postgres://${USER}:${this.password}@127.0.0.1:${this.port}/${encodeURIComponent(database)}`;
  }

  #spawnOptions() {
    return { cwd: this.#folder, env: { LC_ALL: 'C' }, ...this.#owner };
  }
}

/** The folder of the newest version's programs. */
function binaries(): string | undefined {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(INSTALLED, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')));
}

/** PostgreSQL refuses to run as root: the account that Debian made for it, or nobody. Undefined where we aren't root. */
function unprivileged(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account =
    accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody');
  return { uid: Number(account?.[2]), gid: Number(account?.[3]) };
}

/** Resolves when the server accepts connections; rejects with what it said when it ends instead. */
function ready(server: ChildProcess): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface(server.stderr!).on('line', (line) => {
      if (line.includes('ready to accept connections')) resolve();
      if (said.length < 20) said.push(line);
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${said.join('\n')}`)));
  });
}

function childrenOf(pid: number): readonly number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(list)) return [];
  return readFileSync(list, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
}
