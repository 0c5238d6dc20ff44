// The alerts domain running as in the hub: real actors and a real database, on virtual time.
import type { StateDb } from '@guardia/db';
import { ActorSystem, supervisor, TestClock } from '@guardia/kernel';
import type { AlertEvent, DeliveryEvent } from '@guardia/model';
import { onTestFinished } from 'vitest';
import { createAlerts } from '../alerts.ts';
import type { HoldOf } from '../judge.ts';
import type { Notifier } from '../notifiers/notifier.ts';
import type { AlertTarget } from '../public.ts';
import type { AlertTables } from '../tables.ts';
import { openAlertDb, until } from './kit.ts';

export interface RunOptions {
  readonly db?: StateDb<AlertTables>;
  readonly notifiers?: readonly Notifier[];
  readonly targets?: readonly AlertTarget[];
  readonly holdOf?: HoldOf;
  /** Called between the start and the first configuration. */
  readonly started?: (of: { readonly clock: TestClock }) => Promise<void>;
}

export type RunningAlerts = Awaited<ReturnType<typeof runAlerts>>;

/** Starts the domain; stopped when the test ends, if the test hasn't done so. */
export async function runAlerts({
  db: given,
  notifiers = [],
  targets = [],
  holdOf = () => null,
  started = async () => {},
}: RunOptions = {}) {
  const db = given ?? (await openAlertDb());
  const clock = new TestClock();
  const system = new ActorSystem({ clock });
  const events: (AlertEvent | DeliveryEvent)[] = [];
  const warnings: string[] = [];
  const alerts = createAlerts({
    db,
    system,
    owner: 'hub',
    random: () => 0.5,
    holdOf,
    publish: (event) => events.push(event),
    log: { warn: (_: unknown, text?: string) => warnings.push(text ?? '') },
  });
  await alerts.setNotifiers(notifiers);
  await system.spawn(supervisor({ children: [alerts.spec] }));
  await started({ clock });
  await alerts.ingest.configure(targets);
  const shutdown = async () => {
    const done = system.shutdown();
    const over = done.then(() => true);
    await until(async () => {
      await clock.advance(100);
      return Promise.race([over, Promise.resolve(false)]);
    });
    await alerts.stop();
    return await done;
  };
  onTestFinished(async () => void (await shutdown()));
  return { ...alerts, db, clock, system, events, warnings, shutdown };
}

/** Kind and state of every delivery event so far. */
export function told({ events }: Pick<RunningAlerts, 'events'>): string[] {
  return events.flatMap((event) =>
    event.type === 'delivery' ? [`${event.delivery.kind} ${event.delivery.state}`] : [],
  );
}
