// The cause of an alert on its page, over a real time line: it is shown however much was told and happened since. What else
// the page has is tested in alerts.test.ts.
import { openStateDb } from '@guardia/db';
import type { HubEvent } from '@guardia/model';
import { expect, onTestFinished, test } from 'vitest';
import { TIMELINE_MIGRATIONS, type TimelineTables } from '../../timeline/tables.ts';
import { Timeline } from '../../timeline/timeline.ts';
import { alert, alertsOf, delivery } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const MINUTE_MS = 60_000;
const BEGIN = alert().pendingSince;

/** What the page has of an alert in whose time all this happened. */
async function happened(events: readonly HubEvent[]) {
  const db = await openStateDb<TimelineTables>({ path: ':memory:', migrations: TIMELINE_MIGRATIONS });
  onTestFinished(() => db.close());
  const log = { warn: () => {} };
  const timeline = new Timeline({
    db,
    nameOf: (id) => id,
    silenceOf: () => undefined,
    means: () => false,
    log,
  });
  for (const [seq, event] of events.entries()) timeline.record({ seq, event });
  await timeline.flush();
  const { ask } = await setup({ deps: { alerts: alertsOf([alert()], []), timeline } });
  const { timeline: entries } = (await ask('/api/v1/alerts/alr_one')).json as {
    timeline: { type: string; summary: string; alert_id: string | null }[];
  };
  return entries;
}

function told(minutes: number, alertId = 'alr_one'): HubEvent {
  const kind = minutes === 0 ? 'firing' : 'reminder';
  return {
    type: 'delivery',
    at: BEGIN + minutes * MINUTE_MS,
    targetId: 'srv_one',
    delivery: delivery({ id: `dlv_${minutes}`, alertId, kind, state: 'delivered' }),
  };
}

function fact(minutes: number, name: string): HubEvent {
  const at = BEGIN + minutes * MINUTE_MS;
  return { type: 'fact', at, targetId: 'srv_one', name, before: '6.1', after: '6.2' };
}

const upTo = (length: number) => Array.from({ length }, (_, i) => i);

test('what happened: the cause is shown, however often the alert was told since', async () => {
  const entries = await happened([fact(-5, 'kernel_version'), ...upTo(500).map((minutes) => told(minutes))]);
  expect(entries).toEqual([expect.objectContaining({ type: 'fact' })]);
});

test('what happened: the cause is shown, however much happened since', async () => {
  const entries = await happened([
    fact(-5, 'kernel_version'),
    ...upTo(500).map((minutes) => fact(minutes + 1, 'docker_version')),
  ]);
  expect(entries).toHaveLength(201);
  expect(entries.at(-1)!.summary).toMatch(/kernel.version/);
});

test('what happened: messages about another alert of the same target are part of it', async () => {
  const entries = await happened([told(-2, 'alr_other'), told(0), told(1, 'alr_other')]);
  expect(entries.map(({ alert_id: of }) => of)).toEqual(['alr_other', 'alr_other']);
});
