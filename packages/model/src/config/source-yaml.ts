// Reads YAML with the lines of its keys. YAML 1.2 with 1.1's merge keys; what the values mean is not its business.
import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { type ConfigPath, formatPath } from './problem.ts';
import type { RawSource, SourceFault } from './raw-source.ts';

/** Uses of one anchor times the aliases within it; stops alias bombs before they are expanded. */
const MAX_ALIASES = 10_000;

/** One mistake is often told many times over. */
const MAX_FAULTS = 10;

export function readYaml(text: string): RawSource {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    intAsBigInt: true,
    lineCounter,
  });
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line;
  const found = [...document.errors, ...document.warnings].map((error) => ({
    line: lineAt(error.pos[0]),
    path: [],
    message: messageOf(error),
  }));
  const syntax = found.filter(({ line }, index) => line !== found[index - 1]?.line).slice(0, MAX_FAULTS);
  const walk = new Walk(lineAt);
  walk.node(document.contents, []);
  const { lines } = walk;
  const faults = [...syntax, ...walk.faults];
  if (faults.length > 0) return { value: undefined, lines, faults };
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), lines, faults };
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const message =
      error instanceof ReferenceError
        ? `must use aliases at most ${MAX_ALIASES} times, nested ones multiplied`
        : 'must merge (<<) maps only';
    return { value: undefined, lines, faults: [{ line: null, path: [], message }] };
  }
}

/** In the words of who writes a file, where the parser's are those of who writes a parser. */
const PLAIN_WORDS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: 'indent it as its neighbours are, and close brackets that were opened above',
  BLOCK_AS_IMPLICIT_KEY:
    'a key within the value of another; indent it and the line below as their neighbours are, and put a text that holds ": " in quotes',
  MULTILINE_IMPLICIT_KEY: 'must be "key: value", with the space, or "- item", indented as its neighbours are',
  TAB_AS_INDENT: 'indented with a tab; use spaces',
};

/** What the parser quotes after a colon is cut off: it may be a secret. */
function messageOf({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'must be a single YAML document';
  if (code === 'TAG_RESOLVE_FAILED') return 'must not have tags; put a text that begins with ! in quotes';
  return `not valid YAML: ${PLAIN_WORDS[code] ?? message.replace(/(\S): .*$/s, '$1')}`;
}

/** Notes the line of every key and item, and keys that stand twice. Aliases aren't followed: what is wrong
 *  inside one is shown at the alias. */
class Walk {
  readonly lines = new Map<string, number>();
  readonly faults: SourceFault[] = [];
  readonly #lineAt: (offset: number) => number;
  readonly #anchors = new Set<string | undefined>();

  constructor(lineAt: (offset: number) => number) {
    this.#lineAt = lineAt;
  }

  node(node: unknown, path: ConfigPath): void {
    if (isAlias(node) && !this.#anchors.has(node.source)) {
      const message = 'must refer to an anchor above it; put a text that begins with * in quotes';
      this.faults.push({ line: this.#note(path, node) ?? null, path, message });
    }
    if (isCollection(node) || isScalar(node)) this.#anchors.add(node.anchor);
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        this.#note([...path, index], item);
        this.node(item, [...path, index]);
      }
    }
    if (!isMap(node)) return;
    const seen = new Map<string, number | undefined>();
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const name = String(key.value);
      const at = [...path, name];
      const line = this.#note(at, key);
      if (seen.has(name) && name !== '<<') this.#duplicate(at, line, seen.get(name));
      seen.set(name, line);
      this.node(value, at);
    }
  }

  #note(path: ConfigPath, node: unknown): number | undefined {
    const range = (node as Node | null)?.range;
    if (!range) return undefined;
    const line = this.#lineAt(range[0]);
    const key = formatPath(path);
    if (!this.lines.has(key)) this.lines.set(key, line);
    return line;
  }

  #duplicate(path: ConfigPath, line: number | undefined, firstLine: number | undefined): void {
    this.faults.push({
      line: line ?? null,
      path,
      message: `duplicate key; the first is on line ${firstLine}`,
    });
  }
}
