// Reads the YAML of other programs. What it must hold is for the importers.
import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { Fields, isRecord } from './fields.ts';
import { ImportError } from './import-error.ts';

/** @param expected what a file of this kind is, for the error: `must be …`
 *  @throws {ImportError} where it isn't YAML, or no map; the message holds nothing of the text */
export async function readYaml(file: string, expected: string): Promise<Fields> {
  const lineCounter = new LineCounter();
  const document = parseDocument(await readFile(file, 'utf8'), {
    merge: true,
    prettyErrors: false,
    lineCounter,
  });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line } = lineCounter.linePos(fault.pos[0]);
    throw new ImportError(file, `is not valid YAML, at line ${line}; it ${expected}`, fault);
  }
  const root = expanded(document.toJS.bind(document), file);
  if (!isRecord(root)) throw new ImportError(file, expected);
  return new Fields(root);
}

/** Too many aliases are refused while they are expanded. */
function expanded(read: () => unknown, file: string): unknown {
  try {
    return read();
  } catch (error) {
    throw new ImportError(file, 'has more aliases than can be expanded', error);
  }
}
