// Reads the JSON backup that Uptime Kuma 1 writes. It holds neither maintenance nor docker hosts; what the rest means
// is left to the other files here.
import { Fields, isRecord, parseJson } from '../fields.ts';
import { type KumaData, type KumaMonitor, type KumaNotification, tagText } from './kuma-data.ts';

/** @returns null where it isn't such a backup */
export function readBackup(text: string): KumaData | null {
  const root = new Fields(parseJson(text));
  if (!Array.isArray(root.values.monitorList)) return null;
  return {
    kind: `backup of Uptime Kuma ${root.text('version') ?? '1'}`,
    monitors: root.maps('monitorList').map(monitorOf),
    notifications: root.maps('notificationList').map(notificationOf),
    maintenance: [],
    dockerHosts: null,
    timeZone: null,
  };
}

function monitorOf(given: Fields): KumaMonitor {
  const fields = new Fields(
    Object.fromEntries(Object.entries(given.values).map(([key, value]) => [column(key), value])),
  );
  const links = Object.entries(given.map('notificationIDList').values);
  return {
    id: given.number('id') ?? 0,
    name: given.text('name') ?? 'unnamed',
    type: given.text('type') ?? 'http',
    parent: given.number('parent') ?? null,
    isActive: given.flag('active') ?? true,
    fields,
    statusCodes: given.texts('accepted_statuscodes'),
    tags: given.maps('tags').map(tagText),
    notifications: links.filter(([, isOn]) => isOn === true).map(([id]) => Number(id)),
  };
}

/** `retryInterval` is the column `retry_interval`. */
function column(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Settings are JSON within the JSON. */
function notificationOf(given: Fields): KumaNotification {
  const config = given.values.config;
  const settings = new Fields(isRecord(config) ? config : parseJson(given.text('config')));
  return { id: given.number('id') ?? 0, name: given.text('name') ?? 'unnamed', settings };
}
