// Runs a script or an installed tool on the pinned Node: `node scripts/node.mjs scripts/test.ts --fast`,
// `node scripts/node.mjs vitest run`. Plain JavaScript, because the node that npm found may be too old for
// TypeScript; the pinned one goes first in PATH, so that whatever is started from there finds it too.
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode, handOver } from '../packages/cli/bin/launch.mjs';

const bin = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', '.bin');
const node = findNode();
if (node !== undefined) {
  const [what, ...args] = process.argv.slice(2);
  const env = { ...process.env, PATH: [dirname(node), bin, process.env.PATH ?? ''].join(delimiter) };
  if (/\.(ts|mjs|js)$/.test(what)) handOver(node, [what, ...args], env);
  else handOver(join(bin, what), args, env);
}
