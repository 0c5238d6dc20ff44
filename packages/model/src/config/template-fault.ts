// What is wrong with a template of a webhook, and where: it is told with the other mistakes of a configuration. What a
// template may reach, and writing by it, is the hub's.
import Mustache from 'mustache';
import { type StrangeField, strangeField } from './template-fields.ts';

/** What mustache says of a fault, with the place in characters at its end. */
const FAULT = /^(.*) at (\d+)$/s;

/** @returns such as `can't be read: line 2, column 5: unclosed section "alerts"`, or what is said of a field that isn't
 *  there; null when there is nothing wrong */
export function templateFault(template: string): string | null {
  let tokens: ReturnType<Mustache.Writer['parse']>;
  try {
    // One of its own, because mustache keeps every template that its shared writer has read.
    tokens = new Mustache.Writer().parse(template);
  } catch (error) {
    const { message } = error as Error;
    const [, what, at] = FAULT.exec(message) ?? [];
    const told = what === undefined ? lowered(message) : `${placeOf(template, Number(at))}: ${lowered(what)}`;
    return `can't be read: ${told}`;
  }
  const strange = strangeField(tokens as unknown as Parameters<typeof strangeField>[0]);
  return strange === null ? null : fieldFault(template, strange);
}

function fieldFault(template: string, { name, at, suggestion }: StrangeField): string {
  const meant = suggestion === null ? '' : `; did you mean "${suggestion}"?`;
  return `must name fields of a message: there is none "${name}" at ${placeOf(template, at)}${meant}`;
}

function placeOf(template: string, at: number): string {
  const before = template.slice(0, at).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
