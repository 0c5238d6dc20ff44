// What an event says on the time line, or that it says nothing there: readings, and checks that found what the one
// before found. Storing entries is recorder.ts's.
import type {
  ActorEvent,
  AlertEvent,
  AlertMatch,
  CheckStatus,
  DeliveryEvent,
  HubEvent,
  ServiceCheckEvent,
  TargetId,
} from '@guardia/model';
import { type HeldContext, heldWords } from './held-words.ts';
import { maintenanceWords, silenceWords } from './plan-words.ts';
import type { TimelineEntry } from './public.ts';

export type EntryText = Omit<TimelineEntry, 'seq' | 'at' | 'type'> & {
  /** Whose targets it is of, besides `targetId`; null: no others. */
  readonly match: AlertMatch | null;
  readonly state: string | null;
};

/** Longest sentence that is kept, in characters. */
const MAX_SUMMARY = 500;

export interface EntryContext extends HeldContext {
  /** The status that a service had; undefined when it was never checked. */
  statusOf(id: TargetId): CheckStatus | undefined;
}

/** @returns null for what the time line doesn't show */
export function entryOf(event: HubEvent, context: EntryContext): EntryText | null {
  const entry = textOf(event, context);
  return entry === null ? null : { ...entry, summary: shorten(entry.summary) };
}

function textOf(event: HubEvent, context: EntryContext): EntryText | null {
  switch (event.type) {
    case 'metric':
      return null;
    case 'server':
    case 'exporter': {
      const name = context.nameOf(event.targetId);
      const isWell = event.health === 'up';
      const summary = isWell ? `${name} answers` : `${name} is ${event.health}${behind(event.message)}`;
      return plain(event.targetId, isWell ? 'ok' : 'warning', summary);
    }
    case 'service_check':
      return checkText(event, context);
    case 'fact': {
      const { targetId, name, before, after } = event;
      const what = `${name.replaceAll('_', ' ')} of ${context.nameOf(targetId)}`;
      return plain(targetId, 'info', `${what}: ${before ?? 'not said'} became ${after ?? 'not said'}`);
    }
    case 'alert':
      return alertText(event, context);
    case 'delivery':
      return deliveryText(event);
    case 'silence':
      return { ...plain(null, 'info', silenceWords(event, context)), match: event.silence.match };
    case 'maintenance':
      return { ...plain(null, 'info', maintenanceWords(event, context)), match: event.match };
    case 'actor':
      return plain(null, ACTOR_LEVELS[event.what], `${event.path}: ${event.message}`);
  }
}

const ACTOR_LEVELS: Readonly<Record<ActorEvent['what'], TimelineEntry['level']>> = {
  crashed: 'warning',
  restarted: 'info',
  reloaded: 'info',
  clock_jumped: 'warning',
};

const CHECK_LEVELS: Readonly<Record<CheckStatus, TimelineEntry['level']>> = {
  up: 'ok',
  degraded: 'warning',
  down: 'critical',
  unknown: 'warning',
};

/** Only what is another status than before; the first check of all says nothing new when it is up. */
function checkText({ targetId, outcome }: ServiceCheckEvent, context: EntryContext): EntryText | null {
  const { status, errorMessage } = outcome;
  const before = context.statusOf(targetId);
  if (status === before || (before === undefined && status === 'up')) return null;
  const summary = `${context.nameOf(targetId)} is ${status.toUpperCase()}${behind(errorMessage)}`;
  return { ...plain(targetId, CHECK_LEVELS[status], summary), state: status };
}

/** Only what fired: that a condition is counted or forgotten is nobody's news. */
function alertText({ alert }: AlertEvent, context: EntryContext): EntryText | null {
  if (alert.firedAt === null) return null;
  const { id: alertId, targetId, severity, summary, acknowledged, held } = alert;
  if (alert.state === 'resolved') return { ...plain(targetId, 'ok', summary), alertId };
  const by = acknowledged === null ? '' : `, acknowledged by ${acknowledged.by}`;
  const quiet = held === null ? '' : `, messages held ${heldWords(alert, context)}`;
  const silenceId = held?.reason === 'silence' ? held.by : null;
  return { ...plain(targetId, severity, `${summary}${by}${quiet}`), alertId, silenceId };
}

/** Only what came to an end. */
function deliveryText({ targetId, delivery }: DeliveryEvent): EntryText | null {
  const { state, notifier, kind, lastError, alertId } = delivery;
  if (state === 'delivered') return { ...plain(targetId, 'info', `${notifier} was told (${kind})`), alertId };
  if (state !== 'dead') return null;
  return {
    ...plain(targetId, 'warning', `${notifier} could not be told (${kind})${behind(lastError)}`),
    alertId,
  };
}

function plain(targetId: TargetId | null, level: TimelineEntry['level'], summary: string): EntryText {
  return { targetId, level, summary, alertId: null, silenceId: null, match: null, state: null };
}

function behind(text: string | null): string {
  return text === null || text === '' ? '' : `: ${text}`;
}

function shorten(text: string): string {
  return text.length <= MAX_SUMMARY ? text : `${text.slice(0, MAX_SUMMARY - 1).toWellFormed()}…`;
}
