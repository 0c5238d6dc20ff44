// What Gatus's alerting providers become: a notifier each, and one more for each group with settings of its own. Which
// endpoint tells which is alerts.ts's.
import type { Draft, Values } from '../draft.ts';
import { Fields } from '../fields.ts';
import { tellLooks } from '../looks.ts';
import { commaList } from '../values.ts';

type Tell = (reason: string, next: string) => void;
type Mapper = (given: Fields, tell: Tell) => Values;

const webhookUrl: Mapper = (given) => ({ url: given.text('webhook-url') });

const MAPPERS: Readonly<Record<string, readonly [kind: string, mapper: Mapper]>> = {
  discord: ['discord', discord],
  slack: ['slack', webhookUrl],
  teams: ['teams', oldTeams],
  'teams-workflows': ['teams', webhookUrl],
  telegram: ['telegram', telegram],
  ntfy: ['ntfy', ntfy],
  gotify: ['gotify', (given) => ({ url: given.text('server-url'), token: given.text('token') })],
  pagerduty: ['pagerduty', (given) => ({ routing_key: given.text('integration-key') })],
  opsgenie: ['opsgenie', (given) => ({ api_key: given.text('api-key') })],
  email: ['email', email],
  matrix: ['matrix', matrix],
  pushover: ['pushover', pushover],
  custom: ['webhook', custom],
};

/** Settings that choose how a message looks or sounds, and how urgent it is. */
const LOOKS = [
  'click',
  'color',
  'disable-cache',
  'disable-firebase',
  'priority',
  'resolved-priority',
  'sound',
  'tags',
  'title',
  'ttl',
  'username',
];

/** The notifier for alerts of a type from endpoints of a group; undefined where there is none. */
export type FindNotifier = (type: string, group: string | undefined) => string | undefined;

export function addProviders(draft: Draft, alerting: Fields): FindNotifier {
  const names = new Map<string, string>();
  for (const type of Object.keys(alerting.values)) {
    const origin = `alerting "${type}"`;
    const found = MAPPERS[type];
    if (found === undefined) {
      draft.report.leftOut(origin, 'there is no such notifier', 'Use webhook or exec, and name it in alert.');
      continue;
    }
    const [kind, mapper] = found;
    const given = alerting.map(type);
    const tell: Tell = (reason, next) => draft.report.toCheck(origin, reason, next);
    tellLooks(given, type === 'email' ? [] : LOOKS, tell);
    if (given.map('client').flag('insecure'))
      tell('errors of TLS are not ignored', 'Give the far side a valid certificate.');
    names.set(type, draft.notifier(origin, type, { [kind]: mapper(given, tell) }));
    for (const override of given.maps('overrides')) {
      const group = override.text('group') ?? '';
      const values = mapper(new Fields({ ...given.values, ...override.values }), tell);
      names.set(
        `${type}/${group}`,
        draft.notifier(`${origin} of group "${group}"`, `${type} ${group}`, { [kind]: values }),
      );
    }
  }
  return (type, group) => names.get(`${type}/${group}`) ?? names.get(type);
}

function discord(given: Fields, tell: Tell): Values {
  const content = given.text('message-content');
  const mentioned = [...(content ?? '').matchAll(/<@!?(&?\d+)>/g)].map(([, id]) => id).join(' ');
  if (content !== undefined && mentioned === '')
    tell('its message-content is not sent', 'Give user_id to mention someone.');
  return { url: given.text('webhook-url'), ...(mentioned === '' ? {} : { user_id: mentioned }) };
}

function oldTeams(given: Fields, tell: Tell): Values {
  tell(
    'messages are posted to a workflow of Teams; older connectors are gone',
    'Make a workflow and give its address.',
  );
  return webhookUrl(given, tell);
}

function telegram(given: Fields): Values {
  const thread = given.text('topic-id');
  const api = given.text('api-url');
  return {
    token: given.text('token'),
    chat_id: given.text('id'),
    ...(thread === undefined ? {} : { thread_id: thread }),
    ...(api === undefined || api === 'https://api.telegram.org' ? {} : { api_url: api }),
  };
}

function ntfy(given: Fields): Values {
  const server = (given.text('url') ?? 'https://ntfy.sh').replace(/\/+$/, '');
  return { url: `${server}/${given.text('topic')}`, token: given.text('token') };
}

const SMTPS_PORT = 465;

function email(given: Fields, tell: Tell): Values {
  const [port, password] = [given.number('port'), given.text('password')];
  const security = port === SMTPS_PORT ? 'tls' : 'starttls';
  if (security === 'starttls')
    tell('STARTTLS is a must here, not a wish', 'Give security: none where there is none.');
  return {
    host: given.text('host'),
    port,
    security,
    ...(password === undefined ? {} : { user: given.text('username') ?? given.text('from'), password }),
    from: given.text('from'),
    to: commaList(given.text('to')),
  };
}

function matrix(given: Fields): Values {
  return {
    url: given.text('server-url') ?? 'https://matrix-client.matrix.org',
    room_id: given.text('internal-room-id'),
    token: given.text('access-token'),
  };
}

function pushover(given: Fields): Values {
  return {
    token: given.text('application-token'),
    user: given.text('user-key'),
    device: given.text('device'),
  };
}

function custom(given: Fields, tell: Tell): Values {
  tell(
    'its body, headers and method are not sent: JSON of another form is posted',
    'Give format: template, or use exec.',
  );
  return { url: given.text('url') };
}
