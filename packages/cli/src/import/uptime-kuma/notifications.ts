// What Uptime Kuma's notifications become: notifiers. Who is told of which monitor is monitors.ts's.
import type { Draft, Values } from '../draft.ts';
import type { Fields } from '../fields.ts';
import { tellLooks } from '../looks.ts';
import { commaList } from '../values.ts';
import type { KumaData } from './kuma-data.ts';
import type { Names } from './monitors.ts';

type Tell = (reason: string, next: string) => void;
type Mapper = (settings: Fields, tell: Tell) => Values;

const MAPPERS: Readonly<Record<string, Mapper>> = {
  discord,
  webhook,
  slack,
  telegram,
  ntfy,
  gotify: (given) => ({ url: given.text('gotifyserverurl'), token: given.text('gotifyapplicationToken') }),
  pagerduty,
  opsgenie,
  smtp,
  matrix: (given) => ({
    url: given.text('homeserverUrl'),
    room_id: given.text('internalRoomId'),
    token: given.text('accessToken'),
  }),
  teams,
  pushover: (given) => ({
    token: given.text('pushoverapptoken'),
    user: given.text('pushoveruserkey'),
    device: given.text('pushoverdevice'),
  }),
};

/** Settings that choose the words of a message. */
const TEMPLATES = [
  'discordUseMessageTemplate',
  'slackUseTemplate',
  'telegramUseTemplate',
  'ntfyUseTemplate',
  'matrixUseTemplate',
  'customSubject',
  'customBody',
];

/** Settings that choose how a message looks or sounds, and how urgent it is. */
const LOOKS = [
  'discordUsername',
  'gotifyPriority',
  'ntfyCall',
  'ntfyIcon',
  'ntfyPriority',
  'opsgeniePriority',
  'pagerdutyPriority',
  'pushoverpriority',
  'pushoversounds',
  'pushoversounds_up',
  'pushovertitle',
  'pushoverttl',
  'slackiconemo',
  'slackusername',
  'telegramProtectContent',
  'telegramSendSilently',
];

/** @returns the names of the notifiers, by the ids of their notifications */
export function addNotifications(draft: Draft, data: KumaData): Names {
  const names = new Map<number, string>();
  for (const { id, name, settings } of data.notifications) {
    const origin = `notification "${name}"`;
    const type = (settings.text('type') ?? 'unknown').toLowerCase();
    const mapper = MAPPERS[type];
    if (mapper === undefined) {
      draft.report.leftOut(
        origin,
        `there is no notifier of type ${settings.text('type') ?? 'unknown'}`,
        'Use webhook or exec, and name it in the alert of its services.',
      );
      continue;
    }
    const tell: Tell = (reason, next) => draft.report.toCheck(origin, reason, next);
    if (TEMPLATES.some((key) => settings.flag(key) || (settings.text(key) ?? 'false') !== 'false'))
      tell('messages have words of their own there', 'See the new ones in docs/notifiers.md.');
    tellLooks(settings, LOOKS, tell);
    const kind = type === 'smtp' ? 'email' : type;
    names.set(id, draft.notifier(origin, name, { [kind]: mapper(settings, tell) }));
  }
  return names;
}

function discord(given: Fields, tell: Tell): Values {
  const prefix = given.text('discordPrefixMessage') ?? '';
  const mentioned = [...prefix.matchAll(/<@!?(&?\d+)>/g)].map(([, id]) => id).join(' ');
  if (prefix !== '' && mentioned === '')
    tell('no text stands before its messages here', 'Give user_id to mention someone.');
  const thread = given.text('discordChannelType') === 'postToThread' ? given.text('threadId') : undefined;
  if (given.text('discordChannelType') === 'createNewForumPost')
    tell('it opened a post of a forum for each message', 'Name a channel or a thread instead.');
  return {
    url: thread === undefined ? given.text('discordWebhookUrl') : withParameter(given, thread),
    ...(mentioned === '' ? {} : { user_id: mentioned }),
  };
}

function withParameter(given: Fields, thread: string): string {
  const url = given.text('discordWebhookUrl') ?? '';
  return `${url}${url.includes('?') ? '&' : '?'}thread_id=${encodeURIComponent(thread)}`;
}

function webhook(given: Fields, tell: Tell): Values {
  tell('its body has another form here', 'Read docs/notifiers.md, or give format: template.');
  if ((given.text('webhookAdditionalHeaders') ?? '{}').trim() !== '{}')
    tell('its additional headers are not sent', 'Put credentials into its address, or use exec.');
  if (given.text('httpMethod')?.toLowerCase() === 'get')
    tell('it is always posted', 'Have the far side take POST.');
  return { url: given.text('webhookURL') };
}

function slack(given: Fields, tell: Tell): Values {
  if (given.flag('slackchannelnotify'))
    tell('the channel is not mentioned', 'Set a notification for it in Slack.');
  return { url: given.text('slackwebhookURL'), channel: given.text('slackchannel') };
}

function telegram(given: Fields): Values {
  const server = given.text('telegramServerUrl');
  return {
    token: given.text('telegramBotToken'),
    chat_id: given.text('telegramChatID'),
    thread_id: given.number('telegramMessageThreadID'),
    ...(server === undefined || server === 'https://api.telegram.org' ? {} : { api_url: server }),
  };
}

/** Name and password belong into the address here. */
function ntfy(given: Fields): Values {
  const server = (given.text('ntfyserverurl') ?? '').replace(/\/+$/, '');
  const method = given.text('ntfyAuthenticationMethod');
  const [user, password] = [given.text('ntfyusername'), given.text('ntfypassword')];
  const logIn =
    method === 'usernamePassword'
      ? `${encodeURIComponent(user ?? '')}:${encodeURIComponent(password ?? '')}@`
      : '';
  return {
    url: `${server.replace('://', `://${logIn}`)}/${given.text('ntfytopic')}`,
    ...(method === 'accessToken' ? { token: given.text('ntfyaccesstoken') } : {}),
  };
}

const PAGERDUTY = 'https://events.pagerduty.com';

function pagerduty(given: Fields, tell: Tell): Values {
  const origin = URL.parse(given.text('pagerdutyIntegrationUrl') ?? PAGERDUTY)?.origin;
  if (given.text('pagerdutyAutoResolve') === '0')
    tell('incidents are resolved when the alert ends', 'Nothing to do.');
  return {
    routing_key: given.text('pagerdutyIntegrationKey'),
    ...(origin === PAGERDUTY ? {} : { api_url: origin }),
  };
}

function opsgenie(given: Fields): Values {
  const isEu = given.text('opsgenieRegion') === 'eu';
  return {
    api_key: given.text('opsgenieApiKey'),
    ...(isEu ? { api_url: 'https://api.eu.opsgenie.com' } : {}),
  };
}

function smtp(given: Fields, tell: Tell): Values {
  const security = given.flag('smtpSecure') ? 'tls' : given.flag('smtpIgnoreSTARTTLS') ? 'none' : 'starttls';
  const others = [...commaList(given.text('smtpCC')), ...commaList(given.text('smtpBCC'))];
  if (others.length > 0)
    tell('copies go to people in "to" like the others, where all see them', 'Give them a notifier.');
  if (given.flag('smtpIgnoreTLSError'))
    tell('errors of TLS are not ignored', 'Give the mail server a valid certificate.');
  if (security === 'starttls')
    tell('STARTTLS is a must here, not a wish', 'Give security: none where there is none.');
  return {
    host: given.text('smtpHost'),
    port: given.number('smtpPort'),
    security,
    user: given.text('smtpUsername'),
    password: given.text('smtpPassword'),
    from: given.text('smtpFrom')?.trim(),
    to: [...commaList(given.text('smtpTo')), ...others],
  };
}

function teams(given: Fields, tell: Tell): Values {
  tell(
    'messages are posted to a workflow of Teams; older connectors are gone',
    'See that its address is a workflow.',
  );
  return { url: given.text('webhookUrl') };
}
