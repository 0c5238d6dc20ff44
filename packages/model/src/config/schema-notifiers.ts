// Notifiers as people write them: every kind with its keys, and the sentence that editors show. Defaults are
// resolve-notifiers.ts's; what the hub does with each kind is documented in docs/notifiers.md.
import { z } from 'zod';
import * as kinds from './schema-values.ts';
import * as net from './schema-values-net.ts';
import { templateFault } from './template-fault.ts';

const { list, secretFile, section } = kinds;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

const apiUrl = (standard: string) =>
  net.httpUrl().optional().describe(`Where its interface is. Default: ${standard}.`);

const discord = section({
  url: net.httpUrl().describe("The channel's webhook address; a secret."),
  url_file: secretFile('the address'),
  user_id: kinds
    .pattern('ids of users, or of roles with a leading &, separated by spaces', /^&?\d+( +&?\d+)*$/)
    .optional()
    .describe('Who is mentioned: ids of users, or of roles with a leading &, separated by spaces.'),
});

const TEMPLATE_BYTES = 64 * 1024;
const TEMPLATE = `a text of at most ${TEMPLATE_BYTES} bytes`;

const webhook = section({
  url: net.httpUrl().describe('Where the message is posted; may hold a secret.'),
  url_file: secretFile('the address'),
  format: kinds
    .oneOf(['guardia', 'alertmanager', 'template'])
    .optional()
    .describe('The form of the message; alertmanager is version 4 of its body. Default: guardia.'),
  template: z
    .string({ error: `must be ${TEMPLATE}` })
    .refine((text) => text !== '' && Buffer.byteLength(text) <= TEMPLATE_BYTES, {
      error: `must be ${TEMPLATE}`,
    })
    .superRefine((text, context) => {
      const fault = templateFault(text);
      if (fault !== null) context.addIssue({ code: 'custom', message: fault });
    })
    .optional()
    .describe('The body, with {{names}} to fill in; with format template alone.'),
  template_file: secretFile('the template'),
  secret: kinds.secret().optional().describe('Key of the signature header; without it none is sent.'),
  secret_file: secretFile('the key'),
})
  .refine(({ format, template }) => format !== 'template' || template !== undefined, {
    path: ['template'],
    error: 'must be given with format template, here or as template_file',
  })
  .refine(({ format, template }) => format === 'template' || template === undefined, {
    path: ['template'],
    error: 'must not be given without format: template',
  });

const slack = section({
  url: net.httpUrl().describe('Address of an incoming webhook; a secret.'),
  url_file: secretFile('the address'),
  channel: kinds.name().optional().describe('Another channel than the one that the address is for.'),
});

const telegram = section({
  token: kinds
    .pattern('the token of a bot, such as 123456:ABC-def', /^\d+:[\w-]+$/)
    .describe("The bot's token."),
  token_file: secretFile('the token'),
  chat_id: kinds
    .kind('the number of a chat, or @ and the name of a channel', readChatId, { type: ['integer', 'string'] })
    .describe('The chat: its number, or @ and the name of a channel.'),
  thread_id: kinds.wholeNumber({ min: 1, max: 2_147_483_647 }).optional().describe('A topic of the chat.'),
  api_url: apiUrl('https://api.telegram.org'),
});

function readChatId(value: unknown): string | undefined {
  const text = kinds.scalarText(value);
  return /^(-?\d{1,20}|@\w{1,64})$/.test(text) ? text : undefined;
}

const ntfy = section({
  url: net
    .httpUrl()
    .refine((url) => /^\/[^/]+/.test(URL.parse(url)?.pathname ?? ''), {
      error: 'must end in the topic, like https://ntfy.sh/topic',
    })
    .describe('Address that ends in the topic.'),
  token: kinds.headerSecret().optional().describe('Access token; without it none is sent.'),
  token_file: secretFile('the token'),
});

const gotify = section({
  url: net.httpUrl().describe('Address of the server.'),
  token: kinds.headerSecret().describe('Token of an application.'),
  token_file: secretFile('the token'),
});

const pagerduty = section({
  routing_key: kinds.secret().describe('Key of an Events API v2 integration.'),
  routing_key_file: secretFile('the key'),
  api_url: apiUrl('https://events.pagerduty.com'),
});

const opsgenie = section({
  api_key: kinds.headerSecret().describe('Key of an API integration.'),
  api_key_file: secretFile('the key'),
  api_url: apiUrl('https://api.opsgenie.com'),
});

const ADDRESS = /^[^\p{Cc}]*[^\s@]+@[^\s@]+$/u;

const email = section({
  host: net.host().describe('The mail server.'),
  port: kinds
    .wholeNumber({ min: 1, max: 65_535 })
    .optional()
    .describe('Its port. Default: 587; 465 with tls, 25 with none.'),
  security: kinds
    .oneOf(['tls', 'starttls', 'none'])
    .optional()
    .describe('TLS from the first byte, STARTTLS that must be there, or none. Default: starttls.'),
  user: kinds.name().optional().describe('Name to log in with; without it nobody logs in.'),
  password: kinds.secret().optional().describe('Password to log in with.'),
  password_file: secretFile('the password'),
  from: kinds
    .pattern('an address such as guardia@example.org or Guardia <guardia@example.org>', ADDRESS)
    .describe('Who it is from: an address, or a name and <address>.'),
  to: kinds
    .oneOrList(
      kinds.pattern('an address such as anna@example.org', ADDRESS),
      'an address, or a list of addresses',
    )
    .describe('Who gets it: an address, or a list.'),
})
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['password'],
    error: 'must be given together with user',
  })
  .refine(({ security, password }) => security !== 'none' || password === undefined, {
    path: ['security'],
    error: 'must be tls or starttls where there is a password',
  });

const alertmanager = section({
  url: net.httpUrl().describe('Address of an Alertmanager, without /api; may hold a secret.'),
  url_file: secretFile('the address'),
  labels: kinds.labels().optional().describe('Labels that its alerts get beside their own.'),
});

const matrix = section({
  url: net.httpUrl().describe('Address of the home server.'),
  room_id: kinds
    .pattern('the id of a room, such as !abc:example.org', /^![^\s\p{Cc}]{1,250}$/u)
    .describe('Id of the room.'),
  token: kinds.headerSecret().describe('Access token of the account that writes.'),
  token_file: secretFile('the token'),
});

const teams = section({
  url: net.httpUrl().describe('Address of a workflow that posts to a channel; a secret.'),
  url_file: secretFile('the address'),
});

const pushover = section({
  token: kinds.secret().describe('Token of an application.'),
  token_file: secretFile('the token'),
  user: kinds.secret().describe('Key of the user or group; a secret.'),
  user_file: secretFile('the key'),
  device: kinds.name().optional().describe('One device alone.'),
  api_url: apiUrl('https://api.pushover.net'),
});

const exec = section({
  command: kinds
    .pattern('the absolute path of a program', /^\/[^\0]+$/)
    .describe('The program, by its absolute path; no shell is started.'),
  args: list(kinds.pattern('a text', /^[^\0]*$/), 'a list of texts')
    .optional()
    .describe('Its arguments, as they are.'),
  timeout: kinds
    .duration({ min: SECOND_MS, max: 15 * SECOND_MS })
    .optional()
    .describe('Time after which it is ended. Default: 10s.'),
});

const KINDS = {
  discord: discord.optional().describe('Posts to a Discord channel.'),
  webhook: webhook.optional().describe('Posts JSON to an address.'),
  slack: slack.optional().describe('Posts to a Slack channel.'),
  telegram: telegram.optional().describe('Writes to a Telegram chat, as a bot.'),
  ntfy: ntfy.optional().describe('Publishes to a topic of an ntfy server.'),
  gotify: gotify.optional().describe('Posts to a Gotify server.'),
  pagerduty: pagerduty.optional().describe('Opens and resolves incidents of PagerDuty.'),
  opsgenie: opsgenie.optional().describe('Opens and closes alerts of Opsgenie.'),
  email: email.optional().describe('Sends a mail.'),
  alertmanager: alertmanager.optional().describe('Hands alerts to an Alertmanager.'),
  matrix: matrix.optional().describe('Writes to a Matrix room.'),
  teams: teams.optional().describe('Posts to a channel of Microsoft Teams.'),
  pushover: pushover.optional().describe('Sends a Pushover message.'),
  exec: exec.optional().describe('Starts a program of this machine.'),
};

export type NotifierKind = keyof typeof KINDS;

export const NOTIFIER_KINDS = Object.keys(KINDS) as NotifierKind[];

const ONE_KIND = `must have exactly one kind: ${NOTIFIER_KINDS.join(', ').replace(/, (\w+)$/, ' or $1')}`;

export const notifierSchema = section({
  ...KINDS,
  group_wait: kinds
    .duration({ min: 0, max: 10 * MINUTE_MS })
    .optional()
    .describe('Alerts of one group that change within this time leave as one message. Default: 5s.'),
  group_by: list(
    kinds.oneOf(['group', 'rule', 'target', 'severity']),
    'a list of group, rule, target and severity',
  )
    .optional()
    .describe('What makes a group; an empty list: all alerts are one. Default: group.'),
  max_per_minute: kinds
    .wholeNumber({ min: 1, max: 10_000 })
    .optional()
    .describe('Messages a minute; more wait. Default: as many as there are.'),
})
  .refine((given) => NOTIFIER_KINDS.filter((kind) => given[kind] !== undefined).length === 1, {
    error: ONE_KIND,
  })
  .meta({ id: 'notifier', description: 'A notifier: exactly one kind, and how its messages leave.' });

export type NotifierInput = z.output<typeof notifierSchema>;
