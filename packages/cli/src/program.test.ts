import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { buildProgram } from './program.ts';
import { fileWith, guardia } from './test/run.ts';

const COMMANDS = buildProgram().commands.map((command) => command.name());

describe('help', () => {
  test('lists every command, with an example', async () => {
    const { code, stdout } = await guardia('--help');
    expect(code).toBe(0);
    expect(COMMANDS.toSorted()).toEqual([
      'agent',
      'backup',
      'check-config',
      'demo',
      'export',
      'hub',
      'import',
      'restore',
      'version',
    ]);
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    expect(stdout).toMatch(/Example:\n {2}guardia demo/);
  });

  test.each(COMMANDS)('of %s shows an example of it', async (name) => {
    const { code, stdout, stderr } = await guardia(name, '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`Example:\\n.*guardia[ -]${name}\\b`));
  });
});

describe('wrong usage ends with 2 and says what is wrong', () => {
  test.each([
    [
      'an unknown command',
      ['chek-config', 'x'],
      /unknown command 'chek-config'[\s\S]*Did you mean check-config\?/,
    ],
    ['an unknown option', ['demo', '--prot', '1'], /unknown option '--prot'[\s\S]*Did you mean --port\?/],
    ['no configuration', ['hub'], /required option '-f, --config <file>'/],
    ['a level that is none', ['hub', '-f', 'x', '--log-level', 'loud'], /loud[\s\S]*trace, debug, info/],
    ['a format that is none', ['hub', '-f', 'x', '--log-format', 'xml'], /xml[\s\S]*json, pretty/],
    [
      'no file',
      ['check-config'],
      /missing required argument 'file'\n\(guardia check-config --help says how\)/,
    ],
    [
      'no file to import',
      ['import', 'gatus'],
      /missing required argument 'file'\n\(guardia import gatus --help says how\)/,
    ],
    ['two files', ['check-config', 'a', 'b'], /too many arguments/],
    ['an output that is none', ['check-config', 'a', '-o', 'xml'], /xml[\s\S]*text, json/],
    [
      'a port that is none',
      ['demo', '--port', '65536'],
      /--port: 65536, must be a whole number from 1 to 65535/,
    ],
    ['a text for a port', ['demo', '--port', 'http'], /--port: http, must be/],
    [
      'no time between polls',
      ['demo', '--interval', '0'],
      /--interval: 0, must be a whole number from 1 to 3600/,
    ],
    ['half a second', ['demo', '--interval', '0.5'], /--interval: 0\.5, must be/],
    [
      'an agent’s own option',
      ['agent', '--port', 'x'],
      /--port: "x", must be a whole number from 0 to 65535/,
    ],
    ['an option no agent has', ['agent', '--prot', '1'], /--prot/],
  ])('%s', async (_name, argv, says) => {
    const { code, stderr } = await guardia(...argv);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('no command at all shows the help', async () => {
    const { code, stderr } = await guardia();
    expect(code).toBe(2);
    expect(stderr).toMatch(/Usage: guardia/);
  });
});

test.each([[['version']], [['--version']], [['-V']], [['agent', '--version']]])(
  '%s prints the version',
  async (argv) => {
    expect(await guardia(...argv)).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  },
);

test('hub ends with 2 when its configuration is wrong', async () => {
  const { code, stderr } = await guardia(
    'hub',
    '-f',
    fileWith('bad.yaml', 'servers:\n  - ip: 10.0.0.5\n    porrt: 1\n'),
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/bad\.yaml:3.*porrt.*port/);
});

test('guardia-hub is the same as guardia hub', async () => {
  const program = fileURLToPath(new URL('./guardia-hub.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, '--help']);
  expect(stdout).toContain('Usage: guardia hub');
});
