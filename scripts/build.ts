// Makes one file per program under dist/ (or `--out FOLDER`): nothing else has to be installed beside it but Node 24. Workers and the
// page's files are put inside as text, because a bundle has no files beside it to load.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { root } from './steps.ts';

const TARGET = 'node24';
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
const out = resolve(values.out);
const PAGE = join(root, 'packages/hub/src/web-page');
const WORKERS = {
  state: 'packages/db/src/worker/main.ts',
  series: 'packages/series/src/worker/main.ts',
};

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: TARGET,
  minify: true,
  keepNames: true,
  legalComments: 'none',
  // Native libraries can't be put inside: the archive says how to install it.
  external: ['@duckdb/node-api', 'pg-native'],
  write: false,
  logLevel: 'warning',
};

/** An older node says in one line what is missing. Libraries in CommonJS call `require` for Node's own modules; an ES
 *  module must be given one. */
const BANNER = `#!/usr/bin/env node
import { createRequire as guardiaCreateRequire } from 'node:module';
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    'Guardia needs Node.js 24 or newer; this is ' + process.versions.node + '. Install it from https://nodejs.org, ' +
      'or start this file with another node: /path/to/node24 ' + process.argv[1],
  );
  process.exit(1);
}
const require = guardiaCreateRequire(import.meta.url);`;

/** Names that Node's modules don't have yet fail before the first line runs, unless they are looked up while it runs. */
const lateBuiltins: Plugin = {
  name: 'late-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

async function bundle(entry: string, options: BuildOptions): Promise<string> {
  const result = await build({ ...common, entryPoints: [entry], ...options });
  return result.outputFiles![0]!.text;
}

async function workerTexts(): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  // eval'd workers are CommonJS
  for (const [name, entry] of Object.entries(WORKERS)) texts[name] = await bundle(entry, { format: 'cjs' });
  return texts;
}

function pageFiles(): Record<string, string> {
  const files = readdirSync(PAGE).filter((file) => /\.(html|css|js)$/.test(file));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(PAGE, file), 'utf8')]));
}

async function program(name: string, entry: string, define: Record<string, string>): Promise<void> {
  const text = await bundle(entry, {
    format: 'esm',
    banner: { js: BANNER },
    plugins: [lateBuiltins],
    define,
  });
  const file = join(out, `${name}.mjs`);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  console.log(`${file}  ${(statSync(file).size / 1024).toFixed(0)} kB`);
}

mkdirSync(out, { recursive: true });
const define = {
  GUARDIA_BUNDLED_WORKERS: JSON.stringify(await workerTexts()),
  GUARDIA_BUNDLED_PAGE: JSON.stringify(pageFiles()),
};
await program('guardia', 'packages/cli/src/guardia.ts', define);
await program('guardia-agent', 'packages/agent/src/main.ts', {});
