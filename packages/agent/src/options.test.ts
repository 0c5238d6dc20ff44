import { expect, it } from 'vitest';
import { HELP, parseOptions } from './options.ts';

const parse = (argv: string[], env: Record<string, string> = {}, dotenv?: string) =>
  parseOptions({ argv, env, dotenv });

function settings(...sources: Parameters<typeof parse>) {
  const parsed = parse(...sources);
  if (parsed.type !== 'run') throw new Error(JSON.stringify(parsed));
  return parsed;
}

it('has defaults, and warns that it is open', () => {
  expect(settings([])).toEqual({
    type: 'run',
    settings: { addr: '0.0.0.0', port: 51_243, root: '/', secret: undefined },
    warnings: ['no secret set: everyone who reaches 0.0.0.0 can read this machine; set AGENT_SECRET'],
  });
});

it('prefers flags to the environment, and that to .env', () => {
  const dotenv = 'AGENT_ADDR=1.1.1.1\nAGENT_PORT=1\nAGENT_SECRET="from file"\nOTHER=x\n';
  const env = { AGENT_ADDR: '2.2.2.2', AGENT_PORT: '2' };
  const { settings: found, warnings } = settings(['--addr', '3.3.3.3', '--root=/host'], env, dotenv);
  expect(found).toEqual({ addr: '3.3.3.3', port: 2, root: '/host', secret: 'from file' });
  expect(warnings).toEqual([]);
});

it('warns of a variable in .env that is not known', () => {
  expect(settings([], {}, 'AGENT_SECRT=x').warnings[0]).toContain('.env: AGENT_SECRT is not known');
});

it.each([
  [['--port', '65536'], {}, '--port: "65536", must be a whole number from 0 to 65535'],
  [['--port', '1e3'], {}, '--port: "1e3", must be a whole number from 0 to 65535'],
  [['--port='], {}, '--port: "", must be'],
  [[], { AGENT_PORT: 'x' }, 'AGENT_PORT: "x", must be a whole number'],
  [['--addr='], {}, '--addr: empty, must have at least 1 character'],
  [[], { AGENT_ROOT: '' }, 'AGENT_ROOT: empty'],
  [[], { AGENT_SECRET: '' }, 'AGENT_SECRET: empty, must be printable ASCII'],
  [['--secret', 'pässword'], {}, '--secret: not sendable, must be printable ASCII'],
  [['--prot', '1'], {}, "Unknown option '--prot'"],
  [['--port'], {}, 'argument missing'],
  [['metrics'], {}, "Unexpected argument 'metrics'"],
])('refuses %j %j', (argv, env, message) => {
  const parsed = parse(argv, env as Record<string, string>);
  expect(parsed).toMatchObject({ type: 'invalid', message: expect.stringContaining(message) });
});

it('tells all mistakes at once and never a secret', () => {
  const parsed = parse(['--port', 'x'], { AGENT_SECRET: 'hush\n' });
  expect(parsed).toMatchObject({ type: 'invalid' });
  expect(JSON.stringify(parsed)).toMatch(/--port.*AGENT_SECRET/);
  expect(JSON.stringify(parsed)).not.toContain('hush');
});

it('knows help and version, and tells every variable in the help', () => {
  expect(parse(['--help'])).toEqual({ type: 'help' });
  expect(parse(['--version'])).toEqual({ type: 'version' });
  for (const name of ['AGENT_ADDR', 'AGENT_PORT', 'AGENT_ROOT', 'AGENT_SECRET', 'Example:'])
    expect(HELP).toContain(name);
});
