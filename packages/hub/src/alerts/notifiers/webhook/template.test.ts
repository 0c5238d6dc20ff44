import { readFileSync } from 'node:fs';
import { templateFault } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMessage, groupMessageOf, messageOf, noticeOf } from '../conformance.ts';
import { compileTemplate, MAX_TEMPLATE_BYTES, TemplateInvalid, TemplateTooLong } from './template.ts';
import { noticeFields, webhookFields } from './webhook-body.ts';

const written = (template: string, message = messageOf()) => compileTemplate(template, 'hook')(message);

test('writes fields of the message, of its alert, and of each alert', () => {
  expect(
    written(
      '{{kind}} {{alert.target_name}}{{#alerts}} [{{severity}} {{target_name}}]{{/alerts}} {{nothing}}',
    ),
  ).toBe('firing web-1 [warning web-1] ');
  expect(written('{{^is_resolved}}bad{{/is_resolved}}{{#is_resolved}}good{{/is_resolved}}')).toBe('bad');
  expect(written('{{alert.value}} {{#alert}}{{kind}} {{.}}{{/alert}}')).toBe('97.25 firing [object Object]');
});

test('every field of a message may be named in a configuration', () => {
  const message = groupMessageOf(2);
  const named = (fields: object) => Object.keys(fields).map((name) => `{{${name}}}`);
  const { alert, ...others } = webhookFields(message);
  const ofAlert = named(alert).map((field) => field.replace('{{', '{{alert.'));
  const ofAlerts = named(noticeFields(message.notices[0])).join('');
  const besides = '{{headline}}{{is_resolved}}{{more}}{{#alerts}}{{is_resolved}}';
  const template = `${[...named(others), ...ofAlert].join('')}${besides}${ofAlerts}{{/alerts}}`;
  expect(templateFault(template)).toBeNull();
  expect(templateFault('{{nothing}}')).not.toBeNull();
});

test('the documented example writes JSON', () => {
  const document = readFileSync(`${import.meta.dirname}/../../../../../../docs/notifiers.md`, 'utf8');
  const [, template] = /^ +template: '(.*)'$/m.exec(document)!;
  expect(JSON.parse(written(template!, groupMessageOf(2)))).toEqual({
    title: '2 alerts: host-01, host-02',
    good: false,
    lines: [1, 2].map((i) => `host-0${i}: CPU usage of host-0${i} is 97.3 %, limit 90 %\n`).join(''),
  });
});

test('a name stays within the text of JSON that it is written into', () => {
  const message = messageOf(noticeOf({ alert: { targetName: 'a"b\\c\n<&>' } }));
  expect(JSON.parse(written('{"x":"{{alert.target_name}}"}', message))).toEqual({ x: 'a"b\\c\n<&>' });
  expect(written('{{{alert.target_name}}}', message)).toBe('a"b\\c\n<&>');
});

test('JSON stays JSON, whatever is told', () => {
  const write = compileTemplate(
    '[{{#alerts}}"{{target_name}}","{{{kind}}}",{{/alerts}}"{{text}} {{alert.instance}}"]',
    'hook',
  );
  fc.assert(
    fc.property(anyMessage, (message) => {
      const names = JSON.parse(write(message))
        .filter((_: string, i: number) => i % 2 === 0)
        .slice(0, -1);
      expect(names).toEqual(message.notices.map(({ alert }) => alert.targetName.toWellFormed()));
    }),
  );
});

describe('rule 22: a template reaches nothing but the fields', () => {
  test.each([
    '{{> /etc/passwd}}',
    '{{>../../../../etc/passwd}}',
    '{{#/etc/passwd}}{{.}}{{//etc/passwd}}',
    '{{process.env.PATH}}',
    '{{globalThis}}',
    '{{constructor}}',
    '{{constructor.constructor}}',
    '{{#constructor.constructor}}return process.env.PATH{{/constructor.constructor}}',
    '{{__proto__}}',
    '{{toString}}',
    '{{alerts.map}}',
    '{{alerts.constructor.constructor}}',
    '{{alert.id.constructor}}',
    '{{#kind}}{{constructor}}{{length}}{{/kind}}',
  ])('%s writes nothing', (template) => {
    expect(written(template)).toBe('');
  });
});

test('a template that cannot be read is refused when it is made', () => {
  expect(() => compileTemplate('{{#alerts}}', 'hook')).toThrow(TemplateInvalid);
  expect(() => compileTemplate('{{#a}}{{/b}}', 'hook')).toThrow(/^alerts\.hook\.webhook\.template: .*"a"/);
});

test('what a template may write is bounded', () => {
  const message = groupMessageOf(3);
  const third = 'x'.repeat(Math.floor(MAX_TEMPLATE_BYTES / 3) - 1);
  expect(written(`{{#alerts}}${third}{{/alerts}}`, message)).toHaveLength(3 * third.length);
  expect(() => written(`{{#alerts}}${third}yy{{/alerts}}`, message)).toThrow(TemplateTooLong);
  expect(() => written(`{{#alerts}}${'é'.repeat(60_000)}{{/alerts}}`, message)).toThrow(TemplateTooLong);
});

test.each([
  [
    'loops that write nothing',
    `${'{{#alerts}}'.repeat(3)}${'{{#x}}{{/x}}'.repeat(500)}${'{{/alerts}}'.repeat(3)}`,
  ],
  ['notes in loops', `${'{{#alerts}}'.repeat(3)}${'{{!}}'.repeat(5_000)}${'{{/alerts}}'.repeat(3)}`],
  [
    'names without end in loops',
    `{{#alerts}}{{#alerts}}{{${'alert.'.repeat(9_000)}x}}{{/alerts}}{{/alerts}}`,
  ],
  ['sections in sections', `${'{{#alert}}'.repeat(3_000)}{{x}}${'{{/alert}}'.repeat(3_000)}`],
])('rule 22: %s end soon', (_, template) => {
  const write = compileTemplate(template, 'hook');
  const since = process.cpuUsage();
  expect(() => write(groupMessageOf(100))).toThrow(TemplateTooLong);
  // Some minutes without the limit.
  expect(process.cpuUsage(since).user / 1_000).toBeLessThan(5_000);
});

test('of a very large group a template sees a hundred and how many more', () => {
  expect(written('{{#alerts}}.{{/alerts}} and {{more}} more', groupMessageOf(130))).toBe(
    `${'.'.repeat(100)} and 30 more`,
  );
});
