// What is wrong with a template of a webhook, and where: it is told with the other mistakes of a configuration. What a
// template may reach, and writing by it, is the hub's.
import Mustache from 'mustache';

/** What mustache says of a fault, with the place in characters at its end. */
const FAULT = /^(.*) at (\d+)$/s;

/** @returns such as `line 2, column 5: unclosed section "alerts"`; null when it can be read */
export function templateFault(template: string): string | null {
  try {
    // One of its own, because mustache keeps every template that its shared writer has read.
    new Mustache.Writer().parse(template);
    return null;
  } catch (error) {
    const { message } = error as Error;
    const [, what, at] = FAULT.exec(message) ?? [];
    return what === undefined ? lowered(message) : `${placeOf(template, Number(at))}: ${lowered(what)}`;
  }
}

function placeOf(template: string, at: number): string {
  const before = template.slice(0, at).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
