// Reads the agent's settings from flags, environment and `.env`: flags win over the environment, the environment
// over the file. Every mistake becomes a sentence; running with the settings is left to the program.
import { parseArgs, parseEnv } from 'node:util';

const MAX_PORT = 65_535;
const VARIABLES = ['AGENT_ADDR', 'AGENT_PORT', 'AGENT_ROOT', 'AGENT_SECRET'] as const;
type Variable = (typeof VARIABLES)[number];

export interface AgentSettings {
  readonly addr: string;
  readonly port: number;
  readonly root: string;
  readonly secret: string | undefined;
}

export type ParsedOptions =
  | { readonly type: 'run'; readonly settings: AgentSettings; readonly warnings: readonly string[] }
  | { readonly type: 'help' }
  | { readonly type: 'version' }
  | { readonly type: 'invalid'; readonly message: string };

export interface OptionSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Content of `.env`; undefined when there is none. */
  readonly dotenv: string | undefined;
}

/** A value together with what people call it, for messages. */
interface Given {
  readonly field: string;
  readonly value: string;
}

export const HELP = `Usage: guardia-agent [options]

Answers this machine's readings on GET /metrics, runs a check on POST /checks
(only with a secret), and answers pong on GET /ping.

Options:
  --addr ADDRESS   address to listen on (AGENT_ADDR, default 0.0.0.0)
  --port PORT      port to listen on, 0 for any free one (AGENT_PORT, default 51243)
  --secret SECRET  token that requests must carry (AGENT_SECRET, default none: open,
                   and no checks are run);
                   prefer the variable, flags show in the process list
  --root FOLDER    where this machine's / is seen, for containers (AGENT_ROOT, default /)
  --version        print the version
  --help           print this

Variables that begin with AGENT_ are also read from .env in the current folder.

Example:
  AGENT_SECRET=s3cret guardia-agent --addr 127.0.0.1 --port 51243
  curl -H 'X-MONITORING-SECRET: s3cret' http://127.0.0.1:51243/metrics
`;

export function parseOptions({ argv, env, dotenv }: OptionSources): ParsedOptions {
  const flags = parseFlags(argv);
  if (typeof flags === 'string') return { type: 'invalid', message: flags };
  if (flags.help) return { type: 'help' };
  if (flags.version) return { type: 'version' };
  const file = dotenv === undefined ? {} : parseEnv(dotenv);
  const given = (flag: string, value: string | undefined, variable: Variable): Given | undefined => {
    if (value !== undefined) return { field: flag, value };
    const set = env[variable] ?? file[variable];
    return set === undefined ? undefined : { field: variable, value: set };
  };
  const addr = given('--addr', flags.addr, 'AGENT_ADDR');
  const port = given('--port', flags.port, 'AGENT_PORT');
  const root = given('--root', flags.root, 'AGENT_ROOT');
  const secret = given('--secret', flags.secret, 'AGENT_SECRET');
  const mistakes = [mistakeInText(addr), mistakeInPort(port), mistakeInText(root), mistakeInSecret(secret)];
  const found = mistakes.filter((mistake) => mistake !== null);
  if (found.length > 0) return { type: 'invalid', message: found.join('\n') };
  const settings = {
    addr: addr?.value ?? '0.0.0.0',
    port: Number(port?.value ?? 51_243),
    root: root?.value ?? '/',
    secret: secret?.value,
  };
  return { type: 'run', settings, warnings: warnings(settings, file) };
}

function parseFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const toggle = { type: 'boolean' } as const;
  const options = { addr: text, port: text, root: text, secret: text, help: toggle, version: toggle };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}; see guardia-agent --help`;
  }
}

function mistakeInText(given: Given | undefined): string | null {
  return given?.value === '' ? `${given.field}: empty, must have at least 1 character` : null;
}

function mistakeInPort(given: Given | undefined): string | null {
  if (given === undefined || (/^\d+$/.test(given.value) && Number(given.value) <= MAX_PORT)) return null;
  return `${given.field}: ${JSON.stringify(given.value)}, must be a whole number from 0 to ${MAX_PORT}`;
}

/** The value is never shown. Other characters than these do not survive an HTTP header unchanged. */
function mistakeInSecret(given: Given | undefined): string | null {
  if (given === undefined || /^[!-~]([ -~]*[!-~])?$/.test(given.value)) return null;
  const limit = 'must be printable ASCII without space at its ends, at least 1 character';
  return `${given.field}: ${given.value === '' ? 'empty' : 'not sendable'}, ${limit}; leave it out to run open`;
}

function warnings({ secret, addr }: AgentSettings, file: NodeJS.Dict<string>): string[] {
  const found = Object.keys(file)
    .filter((name) => name.startsWith('AGENT_') && !VARIABLES.some((known) => known === name))
    .map((name) => `.env: ${name} is not known and not used; known are ${VARIABLES.join(', ')}`);
  if (secret === undefined) {
    found.push(`no secret set: everyone who reaches ${addr} can read this machine; set AGENT_SECRET`);
  }
  return found;
}
