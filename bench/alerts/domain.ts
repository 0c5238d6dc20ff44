// The alerts domain as the hub runs it, within the bench: real actors, the machine's clock, a SQLite file, and one notifier
// that takes its time. What it is fed is left to the parts.
import { setTimeout as sleep } from 'node:timers/promises';
import { openStateDb } from '@guardia/db';
import { ActorSystem, supervisor } from '@guardia/kernel';
import { createAlerts } from '../../packages/hub/src/alerts/alerts.ts';
import type { Message, Notifier } from '../../packages/hub/src/alerts/notifiers/notifier.ts';
import type { AlertIngest, AlertReader, AlertTarget } from '../../packages/hub/src/alerts/public.ts';
import { ALERT_MIGRATIONS, type AlertTables } from '../../packages/hub/src/alerts/tables.ts';

export const NOTIFIER = 'sink';
/** The default of the configuration. */
const POLICY = { groupWaitMs: 5_000, groupBy: ['group'], maxPerMinute: null } as const;

export interface AlertDomain {
  readonly ingest: AlertIngest;
  readonly reader: AlertReader;
  /** What the notifier was sent so far. */
  readonly messages: readonly Message[];
  stop(): Promise<void>;
}

interface DomainOptions {
  readonly path: string;
  readonly targets: readonly AlertTarget[];
  /** How long each message takes. Milliseconds. */
  readonly sendMs: number;
}

export async function startAlerts({ path, targets, sendMs }: DomainOptions): Promise<AlertDomain> {
  const db = await openStateDb<AlertTables>({ path, migrations: ALERT_MIGRATIONS });
  const system = new ActorSystem();
  const messages: Message[] = [];
  const alerts = createAlerts({
    db,
    system,
    owner: 'bench',
    random: Math.random,
    publish() {},
    log: { warn: console.error },
  });
  await alerts.setNotifiers([slowNotifier(messages, sendMs)], new Map([[NOTIFIER, POLICY]]));
  await system.spawn(supervisor({ children: [alerts.spec] }));
  await alerts.ingest.configure(targets);
  return {
    ingest: alerts.ingest,
    reader: alerts.reader,
    messages,
    async stop() {
      await system.shutdown();
      await alerts.stop();
      await db.close();
    },
  };
}

function slowNotifier(messages: Message[], sendMs: number): Notifier {
  return {
    name: NOTIFIER,
    kind: 'bench',
    async send(message) {
      messages.push(message);
      await sleep(sendMs);
      return { type: 'delivered', detail: 'taken' };
    },
    async close() {},
  };
}
