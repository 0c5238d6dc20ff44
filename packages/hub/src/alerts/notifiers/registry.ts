// The kinds of notifier that there are. Adding one is a folder beside this file, one line here, and a heading in
// docs/notifiers.md.
import type { NotifierConfig } from '@guardia/model';
import { createAlertmanagerNotifier } from './alertmanager/alertmanager.ts';
import { createDiscordNotifier } from './discord/discord.ts';
import { createEmailNotifier } from './email/email.ts';
import { createExecNotifier, type ExecDeps } from './exec/exec.ts';
import { createGotifyNotifier } from './gotify/gotify.ts';
import type { NotifierDeps } from './json-post.ts';
import { createMatrixNotifier } from './matrix/matrix.ts';
import type { Notifier } from './notifier.ts';
import { createNtfyNotifier } from './ntfy/ntfy.ts';
import { createOpsgenieNotifier } from './opsgenie/opsgenie.ts';
import { createPagerdutyNotifier } from './pagerduty/pagerduty.ts';
import { createPushoverNotifier } from './pushover/pushover.ts';
import { createSlackNotifier } from './slack/slack.ts';
import { createTeamsNotifier } from './teams/teams.ts';
import { createTelegramNotifier } from './telegram/telegram.ts';
import { createWebhookNotifier } from './webhook/webhook.ts';

type Factory<Kind extends NotifierConfig['type']> = (
  config: Extract<NotifierConfig, { readonly type: Kind }>,
  deps: NotifierDeps & ExecDeps,
) => Notifier;

export const notifierKinds: { readonly [Kind in NotifierConfig['type']]: Factory<Kind> } = {
  alertmanager: createAlertmanagerNotifier,
  discord: createDiscordNotifier,
  email: createEmailNotifier,
  exec: createExecNotifier,
  gotify: createGotifyNotifier,
  matrix: createMatrixNotifier,
  ntfy: createNtfyNotifier,
  opsgenie: createOpsgenieNotifier,
  pagerduty: createPagerdutyNotifier,
  pushover: createPushoverNotifier,
  slack: createSlackNotifier,
  teams: createTeamsNotifier,
  telegram: createTelegramNotifier,
  webhook: createWebhookNotifier,
};

/** Makes the notifier that a configuration describes. It opens nothing until it sends. */
export function createNotifier(config: NotifierConfig, deps: NotifierDeps & ExecDeps): Notifier {
  // The table is keyed by `type`, which the compiler can't follow through an index.
  return (notifierKinds[config.type] as Factory<typeof config.type>)(config as never, deps);
}
