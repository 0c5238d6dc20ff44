// Writes what is generated from the configuration's schema: the JSON Schema for editors, and the table of keys in
// docs/configuration.md. With --check it writes nothing and fails when either isn't what it would write.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configJsonSchema, configKeyTable } from '../packages/model/src/config/json-schema.ts';

const SCHEMA_FILE = fileURLToPath(new URL('../schema/guardia.schema.json', import.meta.url));
const GUIDE_FILE = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));
const TABLE = /(<!-- keys: begin[^>]*-->\n)[\s\S]*(<!-- keys: end -->)/;

function guide(): string {
  const text = readFileSync(GUIDE_FILE, 'utf8');
  if (!TABLE.test(text)) throw new Error(`${GUIDE_FILE}: must hold the marks "keys: begin" and "keys: end"`);
  return text.replace(TABLE, (_, begin: string, end: string) => `${begin}\n${configKeyTable()}\n\n${end}`);
}

const wanted = new Map([
  [SCHEMA_FILE, `${JSON.stringify(configJsonSchema(), null, 2)}\n`],
  [GUIDE_FILE, guide()],
]);
const drifted = [...wanted].filter(
  ([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text,
);

if (process.argv.includes('--check')) {
  for (const [file] of drifted) console.error(`${file}: not what the schema says; run npm run schema`);
  process.exitCode = drifted.length === 0 ? 0 : 1;
} else {
  for (const [file, text] of drifted) {
    writeFileSync(file, text);
    console.log(`wrote ${file}`);
  }
}
