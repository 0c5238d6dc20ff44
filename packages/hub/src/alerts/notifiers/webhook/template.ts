// Templates of webhooks: logic-less (mustache), made once, and unable to reach anything but the message's own fields.
// Which fields there are is webhook-body.ts; sending what comes out is webhook.ts.
import { GuardiaError } from '@guardia/model';
import Mustache from 'mustache';
import { headline, toneOf } from '../message-text.ts';
import type { Message } from '../notifier.ts';
import { noticeFields, webhookFields } from './webhook-body.ts';

/** The most that a template may write. Bytes. */
export const MAX_TEMPLATE_BYTES = 262_144;
/** The most that it may do: parts that are looked at, and characters of names that are looked up. Takes about a tenth of a
 *  second, in which nothing else of the hub runs. */
const MAX_TEMPLATE_STEPS = 1_000_000;
/** So many alerts of a message are in `alerts`; how many more there are is in `more`. */
const MAX_ALERTS = 100;

/** A template that can't be read; the message says where. */
export class TemplateInvalid extends GuardiaError {
  readonly code = 'TEMPLATE_INVALID';
}

/** A template wrote more than {@link MAX_TEMPLATE_BYTES}, or took too many steps for it. */
export class TemplateTooLong extends GuardiaError {
  readonly code = 'TEMPLATE_TOO_LONG';
}

/** Makes a template. `{{name}}` writes a field as it stands within a text of JSON, `{{{name}}}` as it is.
 *  The function that comes back throws {@link TemplateTooLong}.
 *  @param name of the notifier
 *  @throws {TemplateInvalid} when its tags don't match */
export function compileTemplate(template: string, name: string): (message: Message) => string {
  const tokens = parse(template, name);
  return (message) => {
    const budget = new Budget();
    const fields = new OwnFields(templateFields(message), undefined, budget);
    const writer = new BoundedWriter(budget);
    return writer.renderTokens(tokens, fields, undefined, template, { escape: insideJson });
  };
}

function parse(template: string, name: string): string[][] {
  try {
    // One of its own, because mustache keeps every template that its shared writer has read.
    return new Mustache.Writer().parse(template);
  } catch (error) {
    const text = `alerts.${name}.webhook.template: ${(error as Error).message}; each {{#name}} needs its {{/name}}`;
    throw new TemplateInvalid(text, { cause: error });
  }
}

function templateFields(message: Message) {
  const { notices } = message;
  return {
    ...webhookFields(message),
    headline: headline(message),
    is_resolved: toneOf(message) === 'resolved',
    alerts: notices.slice(0, MAX_ALERTS).map((notice) => ({
      ...noticeFields(notice),
      is_resolved: notice.kind === 'resolved',
    })),
    more: Math.max(0, notices.length - MAX_ALERTS),
  };
}

/** Counts what a template writes, and what it does: loops within loops may write nothing for ever. */
class Budget {
  #bytesLeft = MAX_TEMPLATE_BYTES;
  #stepsLeft = MAX_TEMPLATE_STEPS;

  spendSteps(steps: number): void {
    this.#stepsLeft -= steps;
    if (this.#stepsLeft < 0) throw tooLong(`takes more than ${MAX_TEMPLATE_STEPS} steps`);
  }

  spendText(text: string): string {
    this.#bytesLeft -= Buffer.byteLength(text);
    if (this.#bytesLeft < 0) throw tooLong(`writes more than ${MAX_TEMPLATE_BYTES} bytes`);
    return text;
  }
}

function tooLong(what: string): TemplateTooLong {
  return new TemplateTooLong(`the template ${what}: leave out fields, or loops within loops`);
}

/** Finds a message's own fields alone. Mustache's would find what objects inherit too, and call it. */
class OwnFields extends Mustache.Context {
  readonly #around: OwnFields | undefined;
  readonly #budget: Budget;

  constructor(view: unknown, around: OwnFields | undefined, budget: Budget) {
    super(view, around);
    this.#around = around;
    this.#budget = budget;
  }

  override push(view: unknown): OwnFields {
    return new OwnFields(view, this, this.#budget);
  }

  override lookup(name: string): unknown {
    this.#budget.spendSteps(name.length);
    if (name === '.') return this.view;
    const [first, ...rest] = name.split('.');
    const found = ownValue(this.view, first!);
    if (found === undefined) return this.#around?.lookup(name);
    return rest.reduce(ownValue, found);
  }
}

function ownValue(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name)
    ? (of as Record<string, unknown>)[name]
    : undefined;
}

/** Every text that is written passes one of the last three. */
class BoundedWriter extends Mustache.Writer {
  readonly #budget: Budget;

  constructor(budget: Budget) {
    super();
    this.#budget = budget;
  }

  override renderTokens(...given: Parameters<Mustache.Writer['renderTokens']>): string {
    this.#budget.spendSteps(given[0].length);
    return super.renderTokens(...given);
  }

  override rawValue(token: string[]): string {
    return this.#budget.spendText(super.rawValue(token));
  }

  override unescapedValue(token: string[], context: Mustache.Context): string {
    return this.#budget.spendText(String(super.unescapedValue(token, context) ?? ''));
  }

  override escapedValue(...given: Parameters<Mustache.Writer['escapedValue']>): string {
    return this.#budget.spendText(super.escapedValue(...given) ?? '');
  }
}

/** As it stands within the quotes of a text of JSON: a name can't end that text. */
function insideJson(value: unknown): string {
  return JSON.stringify(String(value).toWellFormed()).slice(1, -1);
}
